namespace SecureAgent.SecretBroker.Store;

/// <summary>Names in the embedded store: 1 to 128 of letters, digits, '.', '_', '-' and '/', beginning with a letter or digit.</summary>
internal static class SecretName
{
    public const string Rule = "1 to 128 letters, digits, '.', '_', '-' or '/', beginning with a letter or digit";

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 128
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(unit => char.IsAsciiLetterOrDigit(unit) || unit is '.' or '_' or '-' or '/');
}
