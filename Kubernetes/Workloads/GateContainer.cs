using System.Globalization;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

internal static class GateContainer
{
    private const string Tokens = "/var/run/secrets/secureagent.dev/tokens";

    /// <summary>The doors a component has in the cluster, by port name.</summary>
    public static IReadOnlyList<(string Name, int Port)> Doors(Component component)
    {
        if (component.Role == ComponentRole.Runner)
        {
            return [("control", DoorPorts.Control)];
        }

        return component.SandboxPort is null
            ? [("service", DoorPorts.Service), ("control", DoorPorts.Control)]
            : [("sessions", DoorPorts.Sessions), ("control", DoorPorts.Control)];
    }

    public static V1Container Of(Graph graph, Component component, PublishOptions options)
    {
        var container = new V1Container
        {
            Name = component.Name,
            Image = Names.Image(component.Name),
            ImagePullPolicy = "IfNotPresent",
            Env = [.. Environment(graph, component)],
            Ports = [.. Doors(component).Select(door => Port(door.Name, door.Port)), Port("health", DoorPorts.Health)],
            Resources = component.Name == ComponentNames.InferenceGateway
                ? Hardening.Resources("500m", "512Mi", "2", "2Gi", "1Gi")
                : Hardening.Resources("100m", "128Mi", "1", "512Mi"),
            SecurityContext = Hardening.Container(),
            VolumeMounts = [.. Mounts(graph, component, options)],
        };
        Probes(container);
        return container;
    }

    public static void Probes(V1Container container)
    {
        container.StartupProbe = Probe(period: 2, failures: 30);
        container.ReadinessProbe = Probe(period: 5, failures: 3);
        container.LivenessProbe = Probe(period: 10, failures: 3);
    }

    public static V1ContainerPort Port(string name, int port) => new() { Name = name, ContainerPort = port, Protocol = "TCP" };

    public static V1EnvVar Variable(string name, string value) => new() { Name = name, Value = value };

    private static V1Probe Probe(int period, int failures) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = "/health", Port = "health", Scheme = "HTTP" },
        PeriodSeconds = period,
        FailureThreshold = failures,
        TimeoutSeconds = 2,
    };

    private static IEnumerable<V1EnvVar> Environment(Graph graph, Component component)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [HostEnvironment.DataDirectory] = "/data",
            [HostEnvironment.RunDirectory] = "/run/secure-agent",
            [HostEnvironment.PolicyFile] = "/etc/secure-agent/policy.yaml",
            [HostEnvironment.TokenDirectory] = Tokens,
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://*:{DoorPorts.Health}"),
            ["DOTNET_EnableDiagnostics"] = "0",
            ["OTEL_SERVICE_NAME"] = component.Name,
            ["SECUREAGENT_TLS_DIR"] = "/etc/secure-agent-tls",
        };
        foreach (var callee in graph.Targets(component.Name, EdgeKind.Calls))
        {
            variables[$"services__{callee.Name}__https__0"] = string.Create(CultureInfo.InvariantCulture, $"https://{Names.Host(callee.Name)}:{DoorPorts.Service}");
        }

        foreach (var gate in graph.Targets(component.Name, EdgeKind.Controls).Where(gate => gate.Name != ComponentNames.FileGate))
        {
            variables[$"services__{gate.Name}__https__0"] = string.Create(CultureInfo.InvariantCulture, $"https://{Names.Host(gate.Name)}:{DoorPorts.Control}");
        }

        if (component.Name == ComponentNames.SecretBroker)
        {
            variables["VAULT_ADDR"] = Names.VaultAddress;
        }

        return variables.Select(variable => Variable(variable.Key, variable.Value));
    }

    private static IEnumerable<V1VolumeMount> Mounts(Graph graph, Component component, PublishOptions options)
    {
        yield return Volumes.Mount("data", "/data", readOnly: false);
        yield return Volumes.Mount("run", "/run/secure-agent", readOnly: false);
        yield return Volumes.Mount("tmp", "/tmp", readOnly: false);
        yield return Volumes.Mount("policy", "/etc/secure-agent");
        yield return Volumes.Mount("tls", "/etc/secure-agent-tls");
        if (GatePod.Audiences(graph, component, options).Count > 0)
        {
            yield return Volumes.Mount("tokens", Tokens);
        }
    }
}
