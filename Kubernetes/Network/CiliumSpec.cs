using System.Text.Json.Serialization;

namespace SecureAgent.Kubernetes.Network;

/// <summary>The part of CiliumNetworkPolicy v2 that is used.</summary>
internal sealed record CiliumSpec
{
    public required CiliumSelector EndpointSelector { get; init; }

    public required CiliumDefaultDeny EnableDefaultDeny { get; init; }

    public IReadOnlyList<CiliumRule>? Ingress { get; init; }

    public IReadOnlyList<CiliumRule>? Egress { get; init; }

    public IReadOnlyList<CiliumRule>? EgressDeny { get; init; }
}

internal sealed record CiliumDefaultDeny(bool Ingress, bool Egress);

/// <summary>One rule; of the <c>to…</c> members exactly one is set, as Cilium does not take several in one rule.</summary>
internal sealed record CiliumRule
{
    public IReadOnlyList<CiliumSelector>? FromEndpoints { get; init; }

    public IReadOnlyList<CiliumSelector>? ToEndpoints { get; init; }

    public IReadOnlyList<string>? ToEntities { get; init; }

    [JsonPropertyName("toCIDR")]
    public IReadOnlyList<string>? ToCIDR { get; init; }

    [JsonPropertyName("toFQDNs")]
    public IReadOnlyList<CiliumName>? ToFQDNs { get; init; }

    public IReadOnlyList<CiliumPorts>? ToPorts { get; init; }
}

internal sealed record CiliumSelector(IDictionary<string, string> MatchLabels)
{
    public const string NamespaceLabel = "k8s:io.kubernetes.pod.namespace";

    public static CiliumSelector In(string space, IDictionary<string, string> labels) =>
        new(new SortedDictionary<string, string>(labels, StringComparer.Ordinal) { [NamespaceLabel] = space });
}

internal sealed record CiliumPorts(IReadOnlyList<CiliumPort> Ports)
{
    public CiliumDnsRules? Rules { get; init; }
}

internal sealed record CiliumPort(string Port, string Protocol);

internal sealed record CiliumDnsRules(IReadOnlyList<CiliumName> Dns);

internal sealed record CiliumName
{
    public string? MatchName { get; init; }

    public string? MatchPattern { get; init; }
}
