using System.Globalization;
using System.Net;
using k8s.Models;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>NetworkPolicies as the Kubernetes documentation defines them: a selected pod is closed, and rules add up.</summary>
internal sealed class PlainNetwork(IReadOnlyList<V1NetworkPolicy> policies)
{
    /// <summary>What a name is taken to resolve to: a public address.</summary>
    private static readonly IPAddress Public = IPAddress.Parse("93.184.215.14");

    public bool Closes(Destination.Pod pod, bool egress) => Selecting(pod, egress).Any();

    public bool Egress(Destination.Pod from, Destination to, int port) =>
        Selecting(from, egress: true).SelectMany(policy => policy.Spec.Egress ?? [])
            .Any(rule => Ports(rule.Ports, port) && (rule.To is not { Count: > 0 } || rule.To.Any(peer => Matches(peer, to))));

    public bool Ingress(Destination.Pod from, Destination.Pod to, int port) =>
        Selecting(to, egress: false).SelectMany(policy => policy.Spec.Ingress ?? [])
            .Any(rule => Ports(rule.Ports, port) && (rule.FromProperty is not { Count: > 0 } || rule.FromProperty.Any(peer => Matches(peer, from))));

    private IEnumerable<V1NetworkPolicy> Selecting(Destination.Pod pod, bool egress) => policies.Where(policy =>
        policy.Metadata.NamespaceProperty == pod.Space
        && policy.Spec.PolicyTypes.Contains(egress ? "Egress" : "Ingress")
        && Labels(policy.Spec.PodSelector, pod.Labels));

    private static bool Ports(IList<V1NetworkPolicyPort>? ports, int port) =>
        ports is not { Count: > 0 } || ports.Any(entry => entry.Protocol == "TCP" && entry.Port.Value == port.ToString(CultureInfo.InvariantCulture));

    private static bool Matches(V1NetworkPolicyPeer peer, Destination to) => to switch
    {
        Destination.Pod pod => peer.IpBlock is null
            && peer.NamespaceSelector is { } space && Labels(space, new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = pod.Space })
            && (peer.PodSelector is null || Labels(peer.PodSelector, pod.Labels)),
        Destination.Name => Block(peer.IpBlock, Public),
        Destination.Literal literal => Block(peer.IpBlock, literal.Address),
        Destination.ApiServer => Block(peer.IpBlock, IPAddress.Parse("10.96.0.1")),
        _ => true,
    };

    private static bool Block(V1IPBlock? block, IPAddress address) =>
        block is not null && IPNetwork.Parse(block.Cidr).Contains(address) && !(block.Except ?? []).Any(range => IPNetwork.Parse(range).Contains(address));

    private static bool Labels(V1LabelSelector selector, IReadOnlyDictionary<string, string> labels) =>
        selector.MatchExpressions is { Count: > 0 }
            ? throw new NotSupportedException("the model knows matchLabels only")
            : (selector.MatchLabels ?? new Dictionary<string, string>()).All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
