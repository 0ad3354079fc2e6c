using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Network;

internal static class CiliumNames
{
    /// <summary>
    /// A star of Cilium stays within one label, the policy's stands for one or more: it is written out this deep. Names with more labels
    /// than that cannot be reached in the cluster (parity.json: <c>wildcard_depth</c>).
    /// </summary>
    public const int WildcardDepth = 4;

    public static IReadOnlyList<CiliumName> Of(string host) => host.StartsWith("*.", StringComparison.Ordinal)
        ? [.. Enumerable.Range(0, WildcardDepth).Select(depth => new CiliumName { MatchPattern = string.Concat(Enumerable.Repeat("*.", depth)) + host })]
        : [new CiliumName { MatchName = host }];

    /// <summary>Every name a set of pods may look up; all others are refused by the DNS proxy, so that names carry nothing out.</summary>
    public static IReadOnlyList<CiliumName> Lookups(Plan plan, Peer peer)
    {
        var gates = Flows.Of(plan.Graph).Where(flow => flow.From == peer).Select(flow => Names.Host(flow.To.Name)).Distinct().Order(StringComparer.Ordinal);
        return
        [
            .. gates.Select(name => new CiliumName { MatchName = name }),
            .. Reach.Vault(peer, plan) ? [new CiliumName { MatchName = Names.VaultHost }] : Array.Empty<CiliumName>(),
            .. Reach.ApiServer(peer) ? [new CiliumName { MatchName = "kubernetes.default.svc.cluster.local" }] : Array.Empty<CiliumName>(),
            .. Reach.World(peer) ? Reach.Destinations(plan).Where(destination => !Reach.IsAddress(destination.Host)).SelectMany(destination => Of(destination.Host)).Distinct() : [],
        ];
    }
}
