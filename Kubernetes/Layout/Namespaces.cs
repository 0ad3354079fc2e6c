using k8s.Models;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Layout;

/// <summary>Two namespaces: what is trusted and what is not never share quota, accounts or policies.</summary>
internal static class Namespaces
{
    public static IEnumerable<object> All() =>
    [
        Restricted(Names.SystemNamespace, "gate"),
        Restricted(Names.SessionNamespace, "sandbox"),
    ];

    public static IEnumerable<object> Limits() =>
    [
        Quota(Names.SystemNamespace, "gate", pods: "20", cpu: "16", memory: "32Gi"),
        Range(Names.SystemNamespace, "gate", maxCpu: "8", maxMemory: "32Gi"),
        Quota(Names.SessionNamespace, "sandbox", pods: "20", cpu: "32", memory: "64Gi"),
        Range(Names.SessionNamespace, "sandbox", maxCpu: "64", maxMemory: "64Gi"),
    ];

    private static V1Namespace Restricted(string name, string role)
    {
        var labels = Meta.Labels(name, role);
        foreach (var mode in new[] { "enforce", "audit", "warn" })
        {
            labels[$"pod-security.kubernetes.io/{mode}"] = "restricted";
            labels[$"pod-security.kubernetes.io/{mode}-version"] = Names.PodSecurityVersion;
        }

        return new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = Meta.Of(name, null, labels) };
    }

    private static V1ResourceQuota Quota(string space, string role, string pods, string cpu, string memory) => new()
    {
        ApiVersion = "v1",
        Kind = "ResourceQuota",
        Metadata = Meta.Of("quota", space, Meta.Labels("quota", role)),
        Spec = new V1ResourceQuotaSpec
        {
            Hard = new Dictionary<string, ResourceQuantity>
            {
                ["limits.cpu"] = new(cpu),
                ["limits.memory"] = new(memory),
                ["pods"] = new(pods),
                ["requests.cpu"] = new(cpu),
                ["requests.memory"] = new(memory),
                ["services.loadbalancers"] = new("0"),
                ["services.nodeports"] = new("0"),
            },
        },
    };

    private static V1LimitRange Range(string space, string role, string maxCpu, string maxMemory) => new()
    {
        ApiVersion = "v1",
        Kind = "LimitRange",
        Metadata = Meta.Of("limits", space, Meta.Labels("limits", role)),
        Spec = new V1LimitRangeSpec
        {
            Limits =
            [
                new V1LimitRangeItem
                {
                    Type = "Container",
                    DefaultRequest = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("50m"), ["memory"] = new("64Mi") },
                    DefaultProperty = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("500m"), ["memory"] = new("256Mi") },
                    Max = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(maxCpu), ["memory"] = new(maxMemory) },
                },
            ],
        },
    };
}
