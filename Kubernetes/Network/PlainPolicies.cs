using System.Globalization;
using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Network;

/// <summary>
/// NetworkPolicies that any network plugin enforces: both namespaces closed both ways, and one policy for each set of pods with exactly
/// its edges. They never name a range or DNS: where Cilium is there as well, the two sorts of rules add up.
/// </summary>
internal static class PlainPolicies
{
    public static IEnumerable<object> Closed() =>
        new[] { (Names.SystemNamespace, "gate"), (Names.SessionNamespace, "sandbox") }.Select(space => new V1NetworkPolicy
        {
            ApiVersion = "networking.k8s.io/v1",
            Kind = "NetworkPolicy",
            Metadata = Meta.Of("default-deny", space.Item1, Meta.Labels("default-deny", space.Item2)),
            Spec = new V1NetworkPolicySpec { PodSelector = new V1LabelSelector(), PolicyTypes = ["Ingress", "Egress"] },
        });

    public static IEnumerable<object> Edges(Plan plan)
    {
        var flows = Flows.Of(plan.Graph);
        foreach (var peer in Flows.Peers(plan))
        {
            var ingress = flows.Where(flow => flow.To == peer).GroupBy(flow => flow.Port).Select(door => new V1NetworkPolicyIngressRule
            {
                FromProperty = [.. door.Select(flow => Pods(flow.From))],
                Ports = [Tcp(door.Key)],
            }).ToList();
            var egress = flows.Where(flow => flow.From == peer).GroupBy(flow => flow.Port).Select(door => new V1NetworkPolicyEgressRule
            {
                To = [.. door.Select(flow => Pods(flow.To))],
                Ports = [Tcp(door.Key)],
            }).ToList();
            if (Reach.Vault(peer, plan))
            {
                egress.Add(new V1NetworkPolicyEgressRule { To = [Vault()], Ports = [Tcp(Names.VaultPort)] });
            }

            yield return Policy(peer, peer.Name, ingress, egress);
        }
    }

    internal static V1NetworkPolicy Policy(Peer peer, string name, List<V1NetworkPolicyIngressRule>? ingress, List<V1NetworkPolicyEgressRule> egress) => new()
    {
        ApiVersion = "networking.k8s.io/v1",
        Kind = "NetworkPolicy",
        Metadata = Meta.Of(name, peer.Space, Meta.Labels(peer.Name, peer.Role)),
        Spec = new V1NetworkPolicySpec
        {
            PodSelector = new V1LabelSelector { MatchLabels = Meta.Selector(peer.Name, peer.Role) },
            PolicyTypes = ingress is null ? ["Egress"] : ["Ingress", "Egress"],
            Ingress = ingress is { Count: > 0 } ? ingress : null,
            Egress = egress.Count > 0 ? egress : null,
        },
    };

    internal static V1NetworkPolicyPort Tcp(int port) => Port("TCP", port);

    internal static V1NetworkPolicyPort Port(string protocol, int port) => new() { Protocol = protocol, Port = port.ToString(CultureInfo.InvariantCulture) };

    internal static V1LabelSelector Space(string name) => new() { MatchLabels = new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = name } };

    private static V1NetworkPolicyPeer Pods(Peer peer) => new()
    {
        NamespaceSelector = Space(peer.Space),
        PodSelector = new V1LabelSelector { MatchLabels = Meta.Selector(peer.Name, peer.Role) },
    };

    private static V1NetworkPolicyPeer Vault() => new()
    {
        NamespaceSelector = Space(Names.VaultNamespace),
        PodSelector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Names.NameLabel] = "vault" } },
    };
}
