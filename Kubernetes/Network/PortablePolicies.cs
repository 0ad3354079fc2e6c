using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Network;

/// <summary>
/// What a network without Cilium needs besides: DNS, and ranges in place of names. Wider than the Cilium rules, so it is a component of
/// its own and never applied together with them.
/// </summary>
internal static class PortablePolicies
{
    public static IEnumerable<object> All(Plan plan)
    {
        foreach (var peer in Flows.Peers(plan))
        {
            var egress = new List<V1NetworkPolicyEgressRule> { Dns() };
            if (Reach.World(peer))
            {
                egress.AddRange(World(plan));
            }

            if (Reach.ApiServer(peer))
            {
                egress.Add(new V1NetworkPolicyEgressRule
                {
                    To = [Range("0.0.0.0/0", SpecialRanges.Metadata.Where(range => !range.Contains(':', StringComparison.Ordinal)))],
                    Ports = [PlainPolicies.Tcp(443), PlainPolicies.Tcp(6443)],
                });
            }

            if (Flows.Of(plan.Graph).Any(flow => flow.From == peer) || egress.Count > 1 || Reach.Vault(peer, plan))
            {
                yield return PlainPolicies.Policy(peer, $"{peer.Name}-portable", null, egress);
            }
        }
    }

    private static IEnumerable<V1NetworkPolicyEgressRule> World(Plan plan)
    {
        var destinations = Reach.Destinations(plan);
        foreach (var (host, ports) in destinations.Where(destination => Reach.IsAddress(destination.Host)))
        {
            yield return new V1NetworkPolicyEgressRule { To = [Range($"{host}/32", [])], Ports = [.. ports.Select(PlainPolicies.Tcp)] };
        }

        var named = destinations.Where(destination => !Reach.IsAddress(destination.Host)).SelectMany(destination => destination.Ports).Distinct().Order().ToList();
        if (named.Count > 0)
        {
            yield return new V1NetworkPolicyEgressRule { To = [Range("0.0.0.0/0", SpecialRanges.Closed4)], Ports = [.. named.Select(PlainPolicies.Tcp)] };
        }
    }

    private static V1NetworkPolicyPeer Range(string cidr, IEnumerable<string> except) =>
        new() { IpBlock = new V1IPBlock { Cidr = cidr, Except = except.ToList() is { Count: > 0 } list ? list : null } };

    private static V1NetworkPolicyEgressRule Dns() => new()
    {
        To =
        [
            new V1NetworkPolicyPeer
            {
                NamespaceSelector = PlainPolicies.Space("kube-system"),
                PodSelector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["k8s-app"] = "kube-dns" } },
            },
        ],
        Ports = [PlainPolicies.Port("TCP", 53), PlainPolicies.Port("UDP", 53)],
    };
}
