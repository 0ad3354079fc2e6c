using System.Globalization;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Secrets;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

internal static class GateContainer
{
    public const string Tokens = AgentPod.TokenPath;
    private const string TokenKeys = "/etc/secure-agent-keys";
    private const string Certificate = "/etc/secure-agent-tls";
    private const string VaultAuthority = "/etc/secure-agent-vault";

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

    public static V1Container Of(Plan plan, Component component)
    {
        var container = new V1Container
        {
            Name = component.Name,
            Image = Names.Image(component.Name),
            ImagePullPolicy = "IfNotPresent",
            Env = [.. Environment(plan, component), Boot()],
            Ports = [.. Doors(component).Select(door => Port(door.Name, door.Port)), Port("health", DoorPorts.Health)],
            Resources = component.Name == ComponentNames.InferenceGateway
                ? Hardening.Resources("500m", "512Mi", "2", "2Gi", "1Gi")
                : Hardening.Resources("100m", "128Mi", "1", "512Mi"),
            SecurityContext = Hardening.Container(),
            VolumeMounts = [.. Mounts(plan, component)],
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

    /// <summary>The pod's own name for this run of it.</summary>
    public static V1EnvVar Boot() => new() { Name = HostEnvironment.Boot, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { ApiVersion = "v1", FieldPath = "metadata.uid" } } };

    public static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:{port}");

    public static V1EnvVar Variable(string name, string value) => new() { Name = name, Value = value };

    private static V1Probe Probe(int period, int failures) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = "/health", Port = "health", Scheme = "HTTP" },
        PeriodSeconds = period,
        FailureThreshold = failures,
        TimeoutSeconds = 2,
    };

    private static IEnumerable<V1EnvVar> Environment(Plan plan, Component component)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [HostEnvironment.DataDirectory] = "/data",
            [HostEnvironment.RunDirectory] = "/run/secure-agent",
            [HostEnvironment.PolicyFile] = "/etc/secure-agent/policy.yaml",
            [HostEnvironment.TokenDirectory] = Tokens,
            [HostEnvironment.HealthAddress] = Address(DoorPorts.Health),
            ["DOTNET_EnableDiagnostics"] = "0",
            ["OTEL_SERVICE_NAME"] = component.Name,
        };
        foreach (var callee in plan.Graph.Targets(component.Name, EdgeKind.Calls))
        {
            variables[HostEnvironment.Authority] = $"{Certificate}/ca.crt";
            variables[$"services__{callee.Name}__https__0"] = string.Create(CultureInfo.InvariantCulture, $"https://{Names.Host(callee.Name)}:{DoorPorts.Service}");
        }

        foreach (var gate in plan.Graph.Targets(component.Name, EdgeKind.Controls).Where(gate => gate.Name != ComponentNames.FileGate))
        {
            variables[$"services__{gate.Name}__https__0"] = string.Create(CultureInfo.InvariantCulture, $"https://{Names.Host(gate.Name)}:{DoorPorts.Control}");
        }

        if (component.SandboxPort is not null)
        {
            SessionDoor(variables);
        }

        if (Doors(component).Any(door => door.Port == DoorPorts.Service))
        {
            ServiceDoor(variables);
        }

        if (component.Name == ComponentNames.SecretBroker)
        {
            BrokerStore(variables, plan.Options.Secrets);
        }

        return variables.Select(variable => Variable(variable.Key, variable.Value));
    }

    /// <summary>Agents' relays: TLS, and a token of the agents' one account, for this audience, bound to a pod that has a session here.</summary>
    private static void SessionDoor(SortedDictionary<string, string> variables)
    {
        variables["SessionDoor__Audience"] = Names.GateAudience;
        variables["SessionDoor__CertificateDirectory"] = Certificate;
        variables["SessionDoor__Issuer"] = Names.TokenIssuer;
        variables["SessionDoor__KeysFile"] = $"{TokenKeys}/jwks.json";
        variables["SessionDoor__Listen"] = Address(DoorPorts.Sessions);
        variables["SessionDoor__Subject"] = $"system:serviceaccount:{Names.SessionNamespace}:{Names.Session}";
    }

    /// <summary>Other gates: TLS, and a token of an account of theirs for this component.</summary>
    private static void ServiceDoor(SortedDictionary<string, string> variables)
    {
        variables["ServiceDoor__CertificateDirectory"] = Certificate;
        variables["ServiceDoor__Issuer"] = Names.TokenIssuer;
        variables["ServiceDoor__KeysFile"] = $"{TokenKeys}/jwks.json";
        variables["ServiceDoor__Listen"] = Address(DoorPorts.Service);
        variables["ServiceDoor__Namespace"] = Names.SystemNamespace;
    }

    /// <summary>Vault by the pod's own token or by the injected agent's; or credentials as files.</summary>
    private static void BrokerStore(SortedDictionary<string, string> variables, SecretsDelivery delivery)
    {
        if (Credential.AreFiles(delivery))
        {
            variables["SecretBroker__CredentialDirectory"] = Credential.MountPath;
            return;
        }

        variables["SecretBroker__Vault__Address"] = Names.VaultAddress;
        variables["SecretBroker__Vault__CaFile"] = $"{VaultAuthority}/ca.crt";
        if (delivery == SecretsDelivery.VaultAgent)
        {
            variables["SecretBroker__Vault__Login"] = "Token";
            variables["SecretBroker__Vault__TokenFile"] = "/vault/secrets/token";
            return;
        }

        variables["SecretBroker__Vault__Login"] = "Kubernetes";
        variables["SecretBroker__Vault__Role"] = Names.VaultRole;
        variables["SecretBroker__Vault__TokenFile"] = $"{Tokens}/vault";
    }

    private static IEnumerable<V1VolumeMount> Mounts(Plan plan, Component component)
    {
        yield return Volumes.Mount("data", "/data", readOnly: false);
        yield return Volumes.Mount("run", "/run/secure-agent", readOnly: false);
        yield return Volumes.Mount("tmp", "/tmp", readOnly: false);
        yield return Volumes.Mount("policy", "/etc/secure-agent");
        yield return Volumes.Mount("tls", Certificate);
        yield return Volumes.Mount("token-keys", TokenKeys);
        if (component.Name == ComponentNames.SecretBroker && Credential.Store(plan) is { } store)
        {
            yield return Volumes.Mount(store.Name, Credential.AreFiles(plan.Options.Secrets) ? Credential.MountPath : VaultAuthority);
        }

        if (GatePod.Audiences(plan, component).Count > 0)
        {
            yield return Volumes.Mount("tokens", Tokens);
        }
    }
}
