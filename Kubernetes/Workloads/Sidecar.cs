using k8s.Models;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>A native sidecar of the agent's pod: an init container that keeps running; the agent starts when it is up.</summary>
internal static class Sidecar
{
    public static V1Container Of(string name, int healthPort, IDictionary<string, string> environment, IList<V1VolumeMount> mounts)
    {
        environment["DOTNET_EnableDiagnostics"] = "0";
        environment["OTEL_SERVICE_NAME"] = name;
        var container = new V1Container
        {
            Name = name,
            Image = Names.Image(name),
            ImagePullPolicy = "IfNotPresent",
            RestartPolicy = "Always",
            Env = [.. environment.Select(variable => GateContainer.Variable(variable.Key, variable.Value)), GateContainer.Boot(), new V1EnvVar { Name = "SECUREAGENT_SESSION", ValueFrom = AgentContainer.SessionName() }],
            Ports = [GateContainer.Port("health", healthPort)],
            Resources = Hardening.Resources("50m", "64Mi", "500m", "256Mi", "64Mi"),
            SecurityContext = Hardening.Container(),
            VolumeMounts = mounts,
        };
        container.Ports[0].Name = $"health-{(name.Length > 8 ? name[..8] : name)}";
        container.SecurityContext.RunAsUser = Names.Sidecar;
        GateContainer.Probes(container);
        foreach (var probe in new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe })
        {
            probe.HttpGet.Port = healthPort;
        }

        return container;
    }
}
