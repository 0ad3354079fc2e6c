using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>The pod of one gate, or of the runner.</summary>
internal static class GatePod
{
    public static V1PodSpec Of(Graph graph, Component component, PublishOptions options)
    {
        var pod = new V1PodSpec
        {
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            ServiceAccountName = component.Name,
            SecurityContext = Hardening.Pod(),
            TerminationGracePeriodSeconds = 30,
            Containers = [GateContainer.Of(graph, component, options)],
            Volumes = [.. Volumes(graph, component, options)],
        };
        if (GateWorkload.Replicas(component) > 1)
        {
            pod.TopologySpreadConstraints =
            [
                new V1TopologySpreadConstraint
                {
                    MaxSkew = 1,
                    TopologyKey = "kubernetes.io/hostname",
                    WhenUnsatisfiable = "ScheduleAnyway",
                    LabelSelector = new V1LabelSelector { MatchLabels = Meta.Selector(component.Name, GateWorkload.Role(component)) },
                },
            ];
        }

        if (component.Name == ComponentNames.InferenceGateway)
        {
            pod.NodeSelector = new Dictionary<string, string> { [Names.InferenceNodeLabel] = "true" };
            pod.Tolerations = [new V1Toleration { Key = Names.InferenceNodeLabel, OperatorProperty = "Exists", Effect = "NoSchedule" }];
        }

        return pod;
    }

    /// <summary>Audiences of the tokens a component shows: its callees, the API server for the runner, Vault for the broker.</summary>
    public static IReadOnlyList<string> Audiences(Graph graph, Component component, PublishOptions options)
    {
        var audiences = graph.Targets(component.Name, EdgeKind.Calls).Concat(graph.Targets(component.Name, EdgeKind.Controls)).Select(callee => callee.Name).ToList();
        if (component.Role == ComponentRole.Runner)
        {
            audiences.Add("https://kubernetes.default.svc");
        }

        if (component.Name == ComponentNames.SecretBroker && options.Secrets is SecretsDelivery.Broker)
        {
            audiences.Add("vault");
        }

        return [.. audiences.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<V1Volume> Volumes(Graph graph, Component component, PublishOptions options)
    {
        yield return Objects.Volumes.Config("policy", Names.PolicyConfigMap);
        yield return Objects.Volumes.Scratch("run", "64Mi");
        yield return Objects.Volumes.Scratch("tmp", "64Mi");
        yield return Objects.Volumes.Certificate("tls", $"{component.Name}-tls");
        if (Audiences(graph, component, options) is { Count: > 0 } audiences)
        {
            yield return Tokens(audiences);
        }
    }

    /// <summary>The API server's audience is a URL: its file is named <c>kubernetes</c>.</summary>
    private static V1Volume Tokens(IReadOnlyList<string> audiences)
    {
        var volume = Objects.Volumes.Tokens("tokens", [.. audiences]);
        foreach (var source in volume.Projected.Sources.Where(source => source.ServiceAccountToken.Audience.StartsWith("https:", StringComparison.Ordinal)))
        {
            source.ServiceAccountToken.Path = "kubernetes";
        }

        return volume;
    }
}
