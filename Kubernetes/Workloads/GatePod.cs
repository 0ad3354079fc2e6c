using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Secrets;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>The pod of one gate, or of the runner.</summary>
internal static class GatePod
{
    public static V1PodSpec Of(Plan plan, Component component)
    {
        var pod = new V1PodSpec
        {
            AutomountServiceAccountToken = false,
            DnsConfig = new V1PodDNSConfig { Options = [new V1PodDNSConfigOption { Name = "ndots", Value = "1" }] },
            EnableServiceLinks = false,
            ServiceAccountName = component.Name,
            SecurityContext = Hardening.Pod(),
            TerminationGracePeriodSeconds = 30,
            Containers = [GateContainer.Of(plan, component)],
            Volumes = [.. Volumes(plan, component)],
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
    public static IReadOnlyList<string> Audiences(Plan plan, Component component)
    {
        var audiences = plan.Graph.Targets(component.Name, EdgeKind.Calls).Concat(plan.Graph.Targets(component.Name, EdgeKind.Controls)).Select(callee => callee.Name).ToList();
        if (component.Role == ComponentRole.Runner)
        {
            audiences.Add("https://kubernetes.default.svc");
        }

        if (component.Name == ComponentNames.SecretBroker && plan.Options.Secrets is SecretsDelivery.Broker or SecretsDelivery.VaultAgent)
        {
            audiences.Add("vault");
        }

        return [.. audiences.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<V1Volume> Volumes(Plan plan, Component component)
    {
        yield return Objects.Volumes.Config("policy", Names.PolicyConfigMap);
        yield return Objects.Volumes.Scratch("run", "64Mi");
        yield return Objects.Volumes.Scratch("tmp", "64Mi");
        yield return Objects.Volumes.Certificate("tls", $"{component.Name}-tls");
        yield return Objects.Volumes.Config("token-keys", Names.TokenKeysConfigMap);
        if (component.Name == ComponentNames.SecretBroker && Credential.Store(plan) is { } store)
        {
            yield return store;
        }

        if (Audiences(plan, component) is { Count: > 0 } audiences)
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
