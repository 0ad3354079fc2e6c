using k8s.Models;

namespace SecureAgent.Kubernetes.Objects;

/// <summary>What Pod Security <i>restricted</i> asks of every pod and every container, and a little more.</summary>
internal static class Hardening
{
    public static V1PodSecurityContext Pod() => new()
    {
        RunAsNonRoot = true,
        RunAsUser = Names.NonRoot,
        RunAsGroup = Names.NonRoot,
        FsGroup = Names.NonRoot,
        FsGroupChangePolicy = "OnRootMismatch",
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    public static V1SecurityContext Container() => new()
    {
        AllowPrivilegeEscalation = false,
        Capabilities = new V1Capabilities { Drop = ["ALL"] },
        Privileged = false,
        ReadOnlyRootFilesystem = true,
        RunAsNonRoot = true,
        RunAsUser = Names.NonRoot,
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    public static V1ResourceRequirements Resources(string cpu, string memory, string cpuLimit, string memoryLimit, string storage = "256Mi") => new()
    {
        Requests = Quantities(cpu, memory, storage),
        Limits = Quantities(cpuLimit, memoryLimit, storage),
    };

    private static Dictionary<string, ResourceQuantity> Quantities(string cpu, string memory, string storage) => new()
    {
        ["cpu"] = new ResourceQuantity(cpu),
        ["ephemeral-storage"] = new ResourceQuantity(storage),
        ["memory"] = new ResourceQuantity(memory),
    };
}
