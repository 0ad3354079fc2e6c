using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Network;

/// <summary>
/// The same edges for Cilium, with what plain policies cannot say: which names may be looked up, the API server, and what is denied
/// whatever else allows it. Names are judged in the proxy; <c>toFQDNs</c> only narrows the addresses it can reach.
/// </summary>
internal static class CiliumPolicies
{
    private const int PortsInOneRule = 40;

    public static IEnumerable<object> All(Plan plan) => Flows.Peers(plan).Select(peer => Policy(plan, peer));

    private static CustomObject Policy(Plan plan, Peer peer)
    {
        var flows = Flows.Of(plan.Graph);
        var names = CiliumNames.Lookups(plan, peer);
        var egress = flows.Where(flow => flow.From == peer).Select(flow => new CiliumRule { ToEndpoints = [Endpoint(flow.To)], ToPorts = [Tcp(flow.Port)] })
            .Concat(Reach.Vault(peer, plan) ? [new CiliumRule { ToEndpoints = [Vault()], ToPorts = [Tcp(Names.VaultPort)] }] : [])
            .Concat(Reach.ApiServer(peer) ? [new CiliumRule { ToEntities = ["kube-apiserver"], ToPorts = [Tcp(443, 6443)] }] : [])
            .Concat(Reach.World(peer) ? World(plan) : [])
            .Concat(names.Count > 0 ? [Dns(names)] : [])
            .ToList();
        var ingress = flows.Where(flow => flow.To == peer).Select(flow => new CiliumRule { FromEndpoints = [Endpoint(flow.From)], ToPorts = [Tcp(flow.Port)] }).ToList();
        return CustomObject.Of("cilium.io/v2", "CiliumNetworkPolicy", Meta.Of(peer.Name, peer.Space, Meta.Labels(peer.Name, peer.Role)), new CiliumSpec
        {
            EndpointSelector = new CiliumSelector(Meta.Selector(peer.Name, peer.Role)),
            EnableDefaultDeny = new CiliumDefaultDeny(true, true),
            Ingress = ingress.Count > 0 ? ingress : null,
            Egress = egress.Count > 0 ? egress : null,
            EgressDeny = [.. Denied(peer)],
        });
    }

    private static IEnumerable<CiliumRule> Denied(Peer peer)
    {
        yield return new CiliumRule { ToCIDR = Reach.World(peer) ? [.. SpecialRanges.Closed4, .. SpecialRanges.Closed6] : SpecialRanges.Metadata };
        yield return new CiliumRule { ToEntities = Reach.ApiServer(peer) ? ["host", "remote-node"] : ["host", "kube-apiserver", "remote-node"] };
        if (peer == Peer.Agent)
        {
            yield return new CiliumRule { ToEntities = ["world"] };
        }
    }

    private static IEnumerable<CiliumRule> World(Plan plan) =>
        from destination in Reach.Destinations(plan)
        from ports in destination.Ports.Chunk(PortsInOneRule)
        select Reach.IsAddress(destination.Host)
            ? new CiliumRule { ToCIDR = [$"{destination.Host}/32"], ToPorts = [Tcp(ports)] }
            : new CiliumRule { ToFQDNs = CiliumNames.Of(destination.Host), ToPorts = [Tcp(ports)] };

    private static CiliumRule Dns(IReadOnlyList<CiliumName> names) => new()
    {
        ToEndpoints = [CiliumSelector.In("kube-system", new Dictionary<string, string> { ["k8s:k8s-app"] = "kube-dns" })],
        ToPorts = [new CiliumPorts([new CiliumPort("53", "ANY")]) { Rules = new CiliumDnsRules(names) }],
    };

    private static CiliumPorts Tcp(params int[] ports) =>
        new([.. ports.Select(port => new CiliumPort(port.ToString(System.Globalization.CultureInfo.InvariantCulture), "TCP"))]);

    private static CiliumSelector Endpoint(Peer peer) =>
        CiliumSelector.In(peer.Space, Meta.Selector(peer.Name, peer.Role).ToDictionary(label => $"k8s:{label.Key}", label => label.Value));

    private static CiliumSelector Vault() => CiliumSelector.In(Names.VaultNamespace, new Dictionary<string, string> { [$"k8s:{Names.NameLabel}"] = "vault" });
}
