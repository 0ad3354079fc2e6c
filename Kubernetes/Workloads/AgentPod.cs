using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>
/// The sandbox as a pod. Its trusted half are two native sidecars that are up before the agent and end after it: FileGate, which alone
/// mounts the workspace, and the relay, which alone mounts a token. The agent has its own user, its own scratch space and loopback.
/// </summary>
internal static class AgentPod
{
    public const string TokenPath = "/var/run/secrets/secureagent.dev/tokens";

    public static V1PodSpec Of(Plan plan) => new()
    {
        ActiveDeadlineSeconds = (long)plan.Profile.Sandbox.WallClock.TotalSeconds,
        AutomountServiceAccountToken = false,
        DnsConfig = new V1PodDNSConfig { Options = [new V1PodDNSConfigOption { Name = "ndots", Value = "1" }] },
        EnableServiceLinks = false,
        HostIPC = false,
        HostNetwork = false,
        HostPID = false,
        RestartPolicy = "Never",
        RuntimeClassName = RuntimeClasses.Name(plan.Options.Isolation),
        SecurityContext = Hardening.Pod(),
        ServiceAccountName = Names.Session,
        ShareProcessNamespace = false,
        TerminationGracePeriodSeconds = 10,
        InitContainers = [FileGateSidecar.Container(plan), RelaySidecar.Container(plan)],
        Containers = [AgentContainer.Of(plan)],
        Volumes =
        [
            .. AgentContainer.Volumes(plan),
            .. FileGateSidecar.Volumes(),
            .. RelaySidecar.Volumes(),
        ],
    };
}
