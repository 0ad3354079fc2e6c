using System.Globalization;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>Carries bytes from the agent's loopback ports to the gates, over TLS, and shows them the pod's token: what a session's socket is on a laptop.</summary>
internal static class RelaySidecar
{
    /// <summary>Next to FileGate's: 8080 is its health, 8081 its door for the agent.</summary>
    private const int HealthPort = DoorPorts.Health + 2;

    public static V1Container Container(Plan plan) => Sidecar.Of(Names.Relay, HealthPort, new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://*:{HealthPort}"),
        ["SECUREAGENT_AUTHORITY"] = "/etc/secure-agent-tls/ca.crt",
        ["SECUREAGENT_RELAYS"] = Relays(plan.Graph),
        ["SECUREAGENT_TOKEN_FILE"] = $"{AgentPod.TokenPath}/{Names.GateAudience}",
    },
    [
        Objects.Volumes.Mount("authority", "/etc/secure-agent-tls"),
        Objects.Volumes.Mount("gate-token", AgentPod.TokenPath),
    ]);

    public static IEnumerable<V1Volume> Volumes() =>
    [
        Objects.Volumes.Config("authority", Names.AuthorityConfigMap),
        Objects.Volumes.Tokens("gate-token", Names.GateAudience),
    ];

    /// <summary><c>PORT=HOST:PORT</c> for each gate that is not in the pod.</summary>
    private static string Relays(Graph graph) => string.Join(',',
        from edge in graph.Edges
        let gate = graph[edge.To]
        where edge.Kind == EdgeKind.Relays && gate.Name != ComponentNames.FileGate
        orderby gate.SandboxPort
        select string.Create(CultureInfo.InvariantCulture, $"{gate.SandboxPort}={Names.Host(gate.Name)}:{DoorPorts.Sessions}"));
}
