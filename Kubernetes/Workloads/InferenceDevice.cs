using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>
/// For a model that runs in the inference gateway's own pod: a device, and the nodes that have one. Not in the base: the gateway itself needs
/// none, and a request that no node can meet would keep it from starting.
/// </summary>
internal static class InferenceDevice
{
    public const string Name = "inference-device";

    private const string Device = "nvidia.com/gpu";

    public static V1StatefulSet Of() => new()
    {
        ApiVersion = "apps/v1",
        Kind = "StatefulSet",
        Metadata = new V1ObjectMeta { Name = ComponentNames.InferenceGateway, NamespaceProperty = Names.SystemNamespace },
        Spec = new V1StatefulSetSpec
        {
            Template = new V1PodTemplateSpec
            {
                Spec = new V1PodSpec
                {
                    Containers = [new V1Container { Name = ComponentNames.InferenceGateway, Resources = new V1ResourceRequirements { Limits = new Dictionary<string, ResourceQuantity> { [Device] = new("1") } } }],
                    NodeSelector = new Dictionary<string, string> { [$"{Device}.present"] = "true" },
                    Tolerations = [Tolerates(Names.InferenceNodeLabel), Tolerates(Device)],
                },
            },
        },
    };

    private static V1Toleration Tolerates(string key) => new() { Key = key, OperatorProperty = "Exists", Effect = "NoSchedule" };
}
