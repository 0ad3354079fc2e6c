using System.Text;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Secrets;

/// <summary>What the broker's token must be allowed at Vault for a document, and nothing else, as a Vault policy (HCL).</summary>
public static class VaultPolicyText
{
    private const string Read = "\"read\"";
    private const string Update = "\"update\"";

    /// <summary>The token's own life, and the end of the leases it made.</summary>
    private static readonly (string Path, string Capabilities)[] Own =
    [
        ("auth/token/lookup-self", Read),
        ("auth/token/renew-self", Update),
        ("sys/leases/renew", Update),
        ("sys/leases/revoke", Update),
    ];

    /// <summary>
    /// Whether a mount holds versioned secrets is not in the document: each address is given in both spellings. Addresses have no character that
    /// HCL or a path pattern gives a meaning to.
    /// </summary>
    public static string Write(PolicyDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var sources = document.Profiles.Values.SelectMany(profile => profile.Secrets).Select(grant => grant.Source).OfType<SecretSource.Vault>();
        var rules = sources.SelectMany(Of).Distinct().OrderBy(rule => rule.Path, StringComparer.Ordinal);
        return Own.Concat(rules).Aggregate(
            new StringBuilder(), (text, rule) => text.Append($"path \"{rule.Path}\" {{ capabilities = [{rule.Capabilities}] }}\n")).ToString();
    }

    /// <summary>What lives below an address is revoked when an answer got lost; the store asks for sudo there.</summary>
    private static IEnumerable<(string Path, string Capabilities)> Of(SecretSource.Vault source) =>
    [
        ($"{source.Mount}/{source.Path}", Read),
        ($"{source.Mount}/data/{source.Path}", Read),
        ($"sys/internal/ui/mounts/{source.Mount}", Read),
        ($"sys/leases/revoke-prefix/{source.Mount}/{source.Path}", $"{Update}, \"sudo\""),
    ];
}
