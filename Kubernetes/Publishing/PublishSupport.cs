using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>What a profile may say on a laptop and not in a cluster. An entry goes away when the manifests can keep the promise.</summary>
internal static class PublishSupport
{
    private const long MaxMemory = 64L << 30;

    private static readonly Func<Profile, IEnumerable<string>>[] Table =
    [
        PolicySupport.Unsupported,
        profile => from grant in profile.Files
                   where grant.Root != FileRoots.Workspace
                   select $"{grant.Rule.Path}.root: the cluster knows the session's workspace alone; use {FileRoots.Workspace}.",
        profile => from grant in profile.Files
                   where grant.Deliver == FileDelivery.Copy
                   select $"{grant.Rule.Path}.deliver: a copy is made on a laptop alone; use api.",
        profile => from grant in profile.Secrets
                   where grant.Source is not SecretSource.Vault
                   select $"{grant.Rule.Path}.embedded: the embedded store stays on its machine; name a vault: source.",
        profile => from grant in profile.Secrets
                   where grant.IsForAgent
                   select $"{grant.Rule.Path}.deliver: the agent's pod has no way to the broker; let a gate add it to a request, or remove the secret.",
        profile => profile.Honeypots.Contains(SecretDoor.Plane)
            ? ["honeypots: secrets are laid on a laptop alone, the agent's pod has no way to the broker; remove secrets from the list."]
            : [],
        profile => from rule in profile.Egress
                   where rule.AllowPrivate
                   select $"{rule.Rule.Path}.allowPrivate: private addresses are the cluster's own and stay closed; remove it, or the rule.",
        profile => from rule in profile.Egress
                   where rule.Inspect is not null
                   select $"{rule.Rule.Path}.inspect: the certificate authority of a session does not reach the agent's pod yet; remove inspect, or the rule.",
        profile => from rule in profile.Egress
                   where HostPattern.BlockOf(rule.Host) is not null
                   select $"{rule.Rule.Path}.host: {rule.Host} is a block of addresses, which the manifests do not open; name hosts or addresses.",
        profile => from rule in profile.Egress
                   where rule.Host.Contains(':', StringComparison.Ordinal) && HostPattern.BlockOf(rule.Host) is null
                   select $"{rule.Rule.Path}.host: {rule.Host} is an IPv6 address, which the manifests do not open; name a host or an IPv4 address.",
        profile => profile.Ask.Contains("write", StringComparer.Ordinal)
            ? ["ask: the file gate stands in the agent's pod, where nobody is asked; remove write from the list."]
            : [],
        profile => profile.McpServers.Count > 0
            ? ["mcpServers: a session in the cluster has one sandbox; run the server elsewhere and name its host under egress, and remove the key."]
            : [],
        profile => profile.Sandbox.Tools.Count > 0
            ? ["sandbox.tools: the agent's image holds its tools; put them there, and remove the key."]
            : [],
        profile => profile.Sandbox.Environment.Count + profile.Sandbox.Home.Count > 0
            ? ["sandbox.environment and sandbox.home: the agent's pod has the environment of its image and an empty home; put both into the image, and remove the keys."]
            : [],
        profile => profile.Sandbox.MemoryBytes > MaxMemory
            ? ["sandbox.memory: a session in the cluster may have 64GiB; lower it."]
            : [],
    ];

    /// <summary>One sentence for each use that cannot be published; empty when all can.</summary>
    public static IReadOnlyList<string> Unpublishable(Profile profile) => [.. Table.SelectMany(entry => entry(profile))];
}
