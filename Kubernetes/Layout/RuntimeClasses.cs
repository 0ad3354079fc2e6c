using k8s.Models;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Layout;

/// <summary>The sandboxed runtime of agents. A node without the handler refuses the pod: there is no weaker mode to fall back to.</summary>
internal static class RuntimeClasses
{
    public static string Name(Isolation isolation) => isolation == Isolation.Kata ? "kata" : "gvisor";

    public static V1RuntimeClass Of(Isolation isolation) => new()
    {
        ApiVersion = "node.k8s.io/v1",
        Kind = "RuntimeClass",
        Metadata = Meta.Cluster(Name(isolation), "sandbox"),
        Handler = isolation == Isolation.Kata ? "kata-qemu" : "runsc",
        Overhead = new V1Overhead
        {
            PodFixed = isolation == Isolation.Kata
                ? new Dictionary<string, ResourceQuantity> { ["cpu"] = new("250m"), ["memory"] = new("160Mi") }
                : new Dictionary<string, ResourceQuantity> { ["cpu"] = new("100m"), ["memory"] = new("64Mi") },
        },
        Scheduling = new V1Scheduling { NodeSelector = new Dictionary<string, string> { [Names.SandboxNodeLabel] = Name(isolation) } },
    };
}
