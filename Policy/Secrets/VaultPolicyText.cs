using System.Text;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Secrets;

/// <summary>What the broker's token must be allowed at Vault for a document, and nothing else, as a Vault policy (HCL).</summary>
public static class VaultPolicyText
{
    /// <summary>The token's own life, and the end of the leases it made.</summary>
    private static readonly (string Path, string Capability)[] Own =
    [
        ("auth/token/lookup-self", "read"),
        ("auth/token/renew-self", "update"),
        ("sys/leases/renew", "update"),
        ("sys/leases/revoke", "update"),
    ];

    /// <summary>
    /// Whether a mount holds versioned secrets is not in the document: each address is given in both spellings. Addresses have no character that
    /// HCL or a path pattern gives a meaning to.
    /// </summary>
    public static string Write(PolicyDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var sources = document.Profiles.Values.SelectMany(profile => profile.Secrets).Select(grant => grant.Source).OfType<SecretSource.Vault>();
        var paths = sources.SelectMany(source => Of(source)).Distinct().Order(StringComparer.Ordinal).Select(path => (path, "read"));
        return Own.Concat(paths).Aggregate(
            new StringBuilder(), (text, rule) => text.Append($"path \"{rule.Item1}\" {{ capabilities = [\"{rule.Item2}\"] }}\n")).ToString();
    }

    private static IEnumerable<string> Of(SecretSource.Vault source) =>
        [$"{source.Mount}/{source.Path}", $"{source.Mount}/data/{source.Path}", $"sys/internal/ui/mounts/{source.Mount}"];
}
