using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Network;

/// <summary>Pods that policies select.</summary>
internal sealed record Peer(string Name, string Role, string Space)
{
    public static Peer Agent { get; } = new(Names.Session, "sandbox", Names.SessionNamespace);

    public static Peer Of(Component component) => component.Role == ComponentRole.Sandbox
        ? Agent
        : new Peer(component.Name, GateWorkload.Role(component), Names.SystemNamespace);
}

/// <summary>One door that one set of pods may use.</summary>
internal sealed record Flow(Peer From, Peer To, int Port);

/// <summary>
/// The graph's edges as flows between pods. FileGate has none: it runs in the agent's pod, on its loopback, so that the agent reaches it
/// without the network and the runner ends it with the pod.
/// </summary>
internal static class Flows
{
    public static IReadOnlyList<Flow> Of(Graph graph) =>
    [
        .. from edge in graph.Edges
           let port = PortOf(edge.Kind)
           where port is not null && edge.To != ComponentNames.FileGate
           select new Flow(Peer.Of(graph[edge.From]), Peer.Of(graph[edge.To]), port.Value),
    ];

    public static IReadOnlyList<Peer> Peers(Plan plan) => [Peer.Agent, .. GateWorkload.Of(plan.Graph).Select(Peer.Of)];

    private static int? PortOf(EdgeKind kind) => kind switch
    {
        EdgeKind.Relays => DoorPorts.Sessions,
        EdgeKind.Calls => DoorPorts.Service,
        EdgeKind.Controls => DoorPorts.Control,
        _ => null,
    };
}
