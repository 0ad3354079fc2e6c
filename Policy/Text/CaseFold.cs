namespace SecureAgent.Policy.Text;

/// <summary>One spelling for all spellings that a folding file system may take for the same name.</summary>
internal static class CaseFold
{
    public static string Of(string text) => text.ToUpperInvariant().ToLowerInvariant();
}
