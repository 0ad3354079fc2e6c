using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Secrets;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>
/// A process of the graph as a StatefulSet: its audit chain outlives the pod. FileGate is not among them: it runs beside the agent,
/// where the workspace is.
/// </summary>
internal static class GateWorkload
{
    public static IReadOnlyList<Component> Of(Graph graph) => [.. graph.Components.Where(component => component.RunsInCluster && component.Name != ComponentNames.FileGate)];

    public static string Role(Component component) => component.Role == ComponentRole.Runner ? "runner" : "gate";

    /// <summary>Leases and sessions live in one memory: those two have one instance, and what they hold is denied while they are away.</summary>
    public static int Replicas(Component component) =>
        component.Name is ComponentNames.EgressProxy or ComponentNames.InferenceGateway ? 2 : 1;

    public static IEnumerable<object> Objects(Plan plan, Component component)
    {
        yield return Account(component);
        yield return Service(component);
        yield return StatefulSet(plan, component);
        if (Replicas(component) > 1)
        {
            yield return new V1PodDisruptionBudget
            {
                ApiVersion = "policy/v1",
                Kind = "PodDisruptionBudget",
                Metadata = Meta.System(component.Name, Role(component)),
                Spec = new V1PodDisruptionBudgetSpec { MinAvailable = 1, Selector = Selector(component), UnhealthyPodEvictionPolicy = "AlwaysAllow" },
            };
        }
    }

    private static V1ServiceAccount Account(Component component) => new()
    {
        ApiVersion = "v1",
        Kind = "ServiceAccount",
        Metadata = Meta.System(component.Name, Role(component)),
        AutomountServiceAccountToken = false,
    };

    private static V1Service Service(Component component) => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = Meta.System(component.Name, Role(component)),
        Spec = new V1ServiceSpec
        {
            Type = "ClusterIP",
            Selector = Meta.Selector(component.Name, Role(component)),
            Ports =
            [
                .. GateContainer.Doors(component).Select(door => new V1ServicePort { Name = door.Name, Port = door.Port, TargetPort = door.Name, Protocol = "TCP" }),
            ],
        },
    };

    private static V1StatefulSet StatefulSet(Plan plan, Component component) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "StatefulSet",
        Metadata = Meta.System(component.Name, Role(component)),
        Spec = new V1StatefulSetSpec
        {
            Replicas = Replicas(component),
            ServiceName = component.Name,
            Selector = Selector(component),
            PodManagementPolicy = "Parallel",
            Template = new V1PodTemplateSpec { Metadata = TemplateMeta(plan, component), Spec = GatePod.Of(plan, component) },
            VolumeClaimTemplates =
            [
                new V1PersistentVolumeClaim
                {
                    Metadata = new V1ObjectMeta { Name = "data" },
                    Spec = new V1PersistentVolumeClaimSpec
                    {
                        AccessModes = ["ReadWriteOnce"],
                        Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("5Gi") } },
                    },
                },
            ],
        },
    };

    private static V1ObjectMeta TemplateMeta(Plan plan, Component component) => new()
    {
        Annotations = component.Name == ComponentNames.SecretBroker && plan.Options.Secrets == SecretsDelivery.VaultAgent ? VaultAgent.Annotations() : null,
        Labels = Meta.Labels(component.Name, Role(component)),
    };

    private static V1LabelSelector Selector(Component component) => new() { MatchLabels = Meta.Selector(component.Name, Role(component)) };
}
