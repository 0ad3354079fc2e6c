using System.Globalization;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>FileGate beside the agent, on loopback. Its audit log is on a claim, so that it outlives the pod.</summary>
internal static class FileGateSidecar
{
    private const string Policy = "/etc/secure-agent/policy.yaml";
    private const string WorkspacePath = "/workspace";

    public static V1Container Container(Plan plan)
    {
        var container = Sidecar.Of(ComponentNames.FileGate, DoorPorts.Health, new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [HostEnvironment.DataDirectory] = "/data",
            [HostEnvironment.HealthAddress] = GateContainer.Address(DoorPorts.Health),
            [HostEnvironment.PolicyFile] = Policy,
            [HostEnvironment.RunDirectory] = "/run/secure-agent",
            ["PodSession__Listen"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{SandboxPorts.FileGate}"),
            ["PodSession__PolicyFile"] = Policy,
            ["PodSession__Profile"] = plan.Profile.Name,
            ["PodSession__Workspace"] = WorkspacePath,
        },
        [
            new V1VolumeMount { Name = "audit", MountPath = "/data", SubPathExpr = "$(SECUREAGENT_SESSION)" },
            Objects.Volumes.Mount("file-gate-run", "/run/secure-agent", readOnly: false),
            Objects.Volumes.Mount("policy", "/etc/secure-agent"),
            Objects.Volumes.Mount("workspace", WorkspacePath),
        ]);
        container.Env.Add(new V1EnvVar { Name = "PodSession__Name", ValueFrom = AgentContainer.SessionName() });
        return container;
    }

    public static IEnumerable<V1Volume> Volumes() =>
    [
        Objects.Volumes.Claim("audit", Workspace.AuditClaim, readOnly: false),
        Objects.Volumes.Scratch("file-gate-run", "64Mi"),
        Objects.Volumes.Config("policy", Names.PolicyConfigMap),
        Objects.Volumes.Claim("workspace", Workspace.Claim, readOnly: true),
    ];
}
