using System.Globalization;
using System.Net;
using SecureAgent.Kubernetes.Network;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>CiliumNetworkPolicies as Cilium's documentation defines them: rules add up, deny rules win over every allow.</summary>
internal sealed class CiliumNetwork(IReadOnlyList<(string Space, CiliumSpec Spec)> policies)
{
    public bool Closes(Destination.Pod pod, bool egress) => Selecting(pod).Any(spec => egress ? spec.EnableDefaultDeny.Egress : spec.EnableDefaultDeny.Ingress);

    public bool Denies(Destination.Pod from, Destination to) => Selecting(from).SelectMany(spec => spec.EgressDeny ?? []).Any(rule => Matches(rule, to));

    public bool Egress(Destination.Pod from, Destination to, int port) =>
        Selecting(from).SelectMany(spec => spec.Egress ?? []).Any(rule => Ports(rule, port) && Matches(rule, to) && (to is not Destination.Name name || LooksUp(from, name.Host)));

    public bool Ingress(Destination.Pod from, Destination.Pod to, int port) =>
        Selecting(to).SelectMany(spec => spec.Ingress ?? []).Any(rule => Ports(rule, port) && (rule.FromEndpoints ?? []).Any(selector => Selects(selector, from)));

    /// <summary>A name that the DNS proxy refuses has no address.</summary>
    private bool LooksUp(Destination.Pod from, string host) =>
        Selecting(from).SelectMany(spec => spec.Egress ?? []).SelectMany(rule => rule.ToPorts ?? []).SelectMany(ports => ports.Rules?.Dns ?? []).Any(name => Matches(name, host));

    private IEnumerable<CiliumSpec> Selecting(Destination.Pod pod) => policies
        .Where(policy => policy.Space == pod.Space && policy.Spec.EndpointSelector.MatchLabels.All(label => pod.Labels.TryGetValue(label.Key, out var value) && value == label.Value))
        .Select(policy => policy.Spec);

    private static bool Ports(CiliumRule rule, int port) =>
        rule.ToPorts is null || rule.ToPorts.Any(ports => ports.Ports.Any(entry => entry.Protocol is "TCP" or "ANY" && entry.Port == port.ToString(CultureInfo.InvariantCulture)));

    private static bool Matches(CiliumRule rule, Destination to) => to switch
    {
        Destination.Pod pod => (rule.ToEndpoints ?? []).Any(selector => Selects(selector, pod)),
        Destination.ApiServer => (rule.ToEntities ?? []).Contains("kube-apiserver"),
        Destination.Name name => (rule.ToFQDNs ?? []).Any(pattern => Matches(pattern, name.Host)) || (rule.ToEntities ?? []).Contains("world"),
        Destination.Literal literal => (rule.ToCIDR ?? []).Any(range => IPNetwork.Parse(range).Contains(literal.Address)) || (rule.ToEntities ?? []).Contains("world"),
        _ => false,
    };

    private static bool Matches(CiliumName name, string host) => name.MatchName is { } exact
        ? string.Equals(exact, host, StringComparison.Ordinal)
        : Labels(name.MatchPattern!.Split('.'), host.Split('.'));

    /// <summary>A star of Cilium stays within one label; ours are always whole labels.</summary>
    private static bool Labels(string[] pattern, string[] host) =>
        pattern.Length == host.Length && pattern.Zip(host).All(pair => pair.First == "*" || string.Equals(pair.First, pair.Second, StringComparison.Ordinal));

    private static bool Selects(CiliumSelector selector, Destination.Pod pod) => selector.MatchLabels.All(label =>
        label.Key == CiliumSelector.NamespaceLabel ? label.Value == pod.Space : pod.Labels.TryGetValue(label.Key.StartsWith("k8s:", StringComparison.Ordinal) ? label.Key[4..] : label.Key, out var value) && value == label.Value);
}
