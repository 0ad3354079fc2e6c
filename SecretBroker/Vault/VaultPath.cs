namespace SecureAgent.SecretBroker.Vault;

/// <summary>Paths below <c>/v1/</c>, escaped segment by segment: a server decodes %2F into a separator and redirects dot segments to other paths.</summary>
internal static class VaultPath
{
    /// <summary>Throws <see cref="VaultException"/> for a path with an empty or dot segment or a control character.</summary>
    public static string Of(params string[] parts) => string.Join('/', parts.SelectMany(part => part.Split('/')).Select(Segment));

    private static string Segment(string segment) =>
        segment.Length is 0 or > 255 || segment is "." or ".." || segment.Any(unit => char.IsControl(unit) || unit is '\\')
            || segment.Contains("%2f", StringComparison.OrdinalIgnoreCase) || segment.Contains("%2e", StringComparison.OrdinalIgnoreCase)
            ? throw new VaultException(VaultError.Rejected, "a vault path has no empty segment, no '.' or '..', no escaped separator or dot and no control character")
            : Uri.EscapeDataString(segment);
}
