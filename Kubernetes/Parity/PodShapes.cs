using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>What must refuse a pod: each layer is asked alone, so that none hides that another is gone.</summary>
internal enum PodLayer
{
    PodSecurity,
    Admission,
}

/// <summary>A pod that somebody would start among the agents.</summary>
internal sealed record Shape(PodLayer Layer, string What, V1Pod Pod, bool IsAsPublished)
{
    public override string ToString() => $"start in {Names.SessionNamespace}: {What}";
}

/// <summary>The agent's pod as published, and with one thing more or less.</summary>
internal static class PodShapes
{
    private static readonly (string What, Action<V1Pod> Change)[] ForPodSecurity =
    [
        ("with a folder of the node", pod => pod.Spec.Volumes.Add(new V1Volume { Name = "node", HostPath = new V1HostPathVolumeSource { Path = "/" } })),
        ("in the node's network", pod => pod.Spec.HostNetwork = true),
        ("among the node's processes", pod => pod.Spec.HostPID = true),
        ("with the node's memory segments", pod => pod.Spec.HostIPC = true),
        ("privileged", pod => Agent(pod).SecurityContext.Privileged = true),
        ("with a capability", pod => Agent(pod).SecurityContext.Capabilities.Add = ["NET_ADMIN"]),
        ("with its default capabilities", pod => Agent(pod).SecurityContext.Capabilities = null),
        ("that may gain privileges", pod => Agent(pod).SecurityContext.AllowPrivilegeEscalation = true),
        ("as root", pod => Agent(pod).SecurityContext.RunAsUser = 0),
        ("without a filter of system calls", pod => Agent(pod).SecurityContext.SeccompProfile.Type = "Unconfined"),
        ("with all of /proc", pod => Agent(pod).SecurityContext.ProcMount = "Unmasked"),
        ("on a port of the node", pod => Agent(pod).Ports = [new V1ContainerPort { ContainerPort = 8080, HostPort = 8080 }]),
        ("that sets the kernel's knobs", pod => pod.Spec.SecurityContext.Sysctls = [new V1Sysctl { Name = "kernel.msgmax", Value = "65536" }]),
        ("with a privileged sidecar", pod => pod.Spec.InitContainers[0].SecurityContext.Privileged = true),
    ];

    private static readonly (string What, Action<V1Pod> Change)[] ForAdmission =
    [
        ("without a runtime class", pod => pod.Spec.RuntimeClassName = null),
        ("with another runtime class", pod => pod.Spec.RuntimeClassName = "runc"),
        ("with the API server's token", pod => pod.Spec.AutomountServiceAccountToken = true),
        ("whose agent mounts the gates' token", pod => Agent(pod).VolumeMounts.Add(Volumes.Mount("gate-token", "/token"))),
        ("with a token for anybody", pod => pod.Spec.Volumes.First(volume => volume.Projected is not null).Projected.Sources[0].ServiceAccountToken.Audience = null),
        ("that calls itself a gate", pod => pod.Metadata.Labels[Names.RoleLabel] = "gate"),
        ("that says no role", pod => pod.Metadata.Labels.Remove(Names.RoleLabel)),
        ("from somebody else's registry", pod => Agent(pod).Image = "attacker.example/secure-agent/desktop-agent:1"),
        ("without limits", pod => Agent(pod).Resources.Limits = null),
        ("with a debug container", pod => pod.Spec.EphemeralContainers = [new V1EphemeralContainer { Name = "debug", Image = Names.Image(ComponentNames.DesktopAgent), SecurityContext = Hardening.Container() }]),
        ("with a folder of the node", pod => pod.Spec.Volumes.Add(new V1Volume { Name = "node", HostPath = new V1HostPathVolumeSource { Path = "/" } })),
        ("in the node's network", pod => pod.Spec.HostNetwork = true),
        ("privileged", pod => Agent(pod).SecurityContext.Privileged = true),
        ("with a capability", pod => Agent(pod).SecurityContext.Capabilities.Add = ["NET_ADMIN"]),
    ];

    public static IEnumerable<Shape> Of(Plan plan) => [.. Of(plan, PodLayer.PodSecurity, ForPodSecurity), .. Of(plan, PodLayer.Admission, ForAdmission)];

    private static IEnumerable<Shape> Of(Plan plan, PodLayer layer, (string What, Action<V1Pod> Change)[] changes) =>
        changes.Select(change => new Shape(layer, $"a pod {change.What}", Changed(plan, change.Change), IsAsPublished: false))
            .Prepend(new Shape(layer, "the agent's pod", Changed(plan, _ => { }), IsAsPublished: true));

    private static V1Pod Changed(Plan plan, Action<V1Pod> change)
    {
        var pod = new V1Pod { ApiVersion = "v1", Kind = "Pod", Metadata = Meta.Sessions(Names.Session), Spec = AgentPod.Of(plan) };
        change(pod);
        return pod;
    }

    private static V1Container Agent(V1Pod pod) => pod.Spec.Containers[0];
}
