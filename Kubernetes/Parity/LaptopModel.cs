using System.Net;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Policy.Egress;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>What the laptop answers: the graph's edges for processes, the policy's own functions for the way out.</summary>
internal sealed class LaptopModel(Plan plan)
{
    /// <summary>The sandbox has loopback only and gates are reached by the graph's edges; only the proxy dials for an agent.</summary>
    public bool Allows(Question question) => question.To switch
    {
        Destination.Pod pod => pod.Space == Names.VaultNamespace
            ? question.From.Workload == ComponentNames.SecretBroker && question.Port == Names.VaultPort && plan.Graph.Targets(ComponentNames.SecretBroker, EdgeKind.Reaches).Any()
            : Edge(question.From, pod, question.Port),
        Destination.ApiServer => false,
        Destination.Name name => question.From.Workload == ComponentNames.EgressProxy && ByPolicy(CanonicalHost.TryParse(name.Host), question.Port),
        Destination.Literal literal => question.From.Workload == ComponentNames.EgressProxy && ByPolicy(CanonicalHost.TryParse(literal.Address.ToString()), question.Port),
        _ => false,
    };

    /// <summary>Only the runner starts and ends sandboxes; nobody enters one, and nobody changes what holds them.</summary>
    public bool Allows(Request request) =>
        plan.Graph.Targets(Component(request.Account), EdgeKind.Starts).Any()
        && (request.Verb, request.Group, request.Resource) is ("create" or "delete", "batch", "jobs") or ("get", "", "pods");

    /// <summary>A sandbox is made in one shape; no policy, flag or agent widens it.</summary>
    public static bool Allows(Shape shape) => shape.IsAsPublished;

    public bool Allows(Amount amount) => Amounts.OnLaptop(plan, amount);

    private bool Edge(Destination.Pod from, Destination.Pod to, int port)
    {
        EdgeKind? kind = port switch
        {
            DoorPorts.Sessions => EdgeKind.Relays,
            DoorPorts.Service => EdgeKind.Calls,
            DoorPorts.Control => EdgeKind.Controls,
            _ => null,
        };
        return kind is { } door && from.Workload != "stray" && plan.Graph.Targets(Component(from.Workload), door).Any(target => target.Name == Component(to.Workload));
    }

    private bool ByPolicy(CanonicalHost? host, int port)
    {
        if (host is null)
        {
            return false;
        }

        var decision = EgressPolicy.Decide(plan.Profile, host, port);
        var address = host.Address ?? IPAddress.Parse("93.184.215.14");
        return decision.IsAllowed && EgressPolicy.RuleOf(plan.Profile, decision) is { } rule && AddressPolicy.Decide(rule, address, []).IsAllowed;
    }

    private static string Component(string workload) => workload == Peer.Agent.Name ? ComponentNames.DesktopAgent : workload;
}
