using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.SecretBroker.Vault.Bootstrap;

/// <param name="Version">Of key-value mounts.</param>
internal sealed record VaultMount(string Path, string Type, string? Version)
{
    public bool IsKeyValue => Type == "kv";
}

/// <summary>What a store needs for the addresses of a document: mounts by what the addresses look like, and the exact policy of the broker's token.</summary>
/// <param name="Addresses">Key-value secrets, as mount and path.</param>
internal sealed record VaultBootstrapPlan(string PolicyText, IReadOnlyList<VaultMount> Mounts, IReadOnlyList<(VaultMount Mount, string Path)> Addresses)
{
    /// <summary>Of the policy and of the AppRole role.</summary>
    public const string Name = "secure-agent-broker";

    public static VaultBootstrapPlan Of(PolicyDocument document)
    {
        var sources = document.Profiles.Values.SelectMany(profile => profile.Secrets).Select(grant => grant.Source).OfType<SecretSource.Vault>().Distinct().ToList();
        var mounts = sources.GroupBy(source => source.Mount, StringComparer.Ordinal).Select(group => MountOf(group.Key, group.First().Path))
            .OrderBy(mount => mount.Path, StringComparer.Ordinal).ToList();
        var addresses = sources.Select(source => (mounts.Single(mount => mount.Path == source.Mount), source.Path)).Where(address => address.Item1.IsKeyValue).Distinct().ToList();
        return new VaultBootstrapPlan(VaultPolicyText.Write(document), mounts, addresses);
    }

    private static VaultMount MountOf(string mount, string path) => path.Split('/')[0] switch
    {
        "creds" => new VaultMount(mount, "database", null),
        "issue" => new VaultMount(mount, "pki", null),
        _ => new VaultMount(mount, "kv", "2"),
    };
}
