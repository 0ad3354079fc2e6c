namespace SecureAgent.SecretBroker.Store;

/// <summary>Names in the embedded store, as the policy's <c>embedded:</c> takes them.</summary>
internal static class SecretName
{
    public const string Rule = "1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit";

    public static bool IsValid(string name) =>
        name.Length is > 0 and <= 64
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(unit => char.IsAsciiLetterOrDigit(unit) || unit is '.' or '_' or '-');
}
