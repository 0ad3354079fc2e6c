using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes;

/// <summary>
/// The objects of a cluster as data, for publishers with a format of their own (a Helm chart): from the same builders as <see cref="Publisher"/>'s files,
/// with Cilium's network and the API server's admission. Images are as <see cref="BaseImage"/> names them.
/// </summary>
public sealed class ChartObjects
{
    private readonly Plan plan;
    private readonly string registry;

    /// <param name="registry">Where pods' images come from, e.g. <c>registry.example.com</c>; admission lets in no other.</param>
    /// <exception cref="PublishException">What was asked for cannot be published.</exception>
    public ChartObjects(Graph graph, PublishOptions options, string registry)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(registry);
        (plan, this.registry) = (Plan.Of(graph, options), registry);
    }

    /// <summary>Programs with a workload of their own; the others run beside the agent.</summary>
    public static IReadOnlyList<string> Workloads(Graph graph) => [.. GateWorkload.Of(graph).Select(component => component.Name)];

    /// <summary>Programs that have an image.</summary>
    public static IReadOnlyList<string> Programs(Graph graph) => [.. Overlay.Images(graph)];

    /// <summary>Name of a program's image in the objects, without a registry.</summary>
    public static string BaseImage(string program) => Names.Image(program);

    /// <summary>What one workload consists of.</summary>
    public IReadOnlyList<JsonObject> Of(string workload) => Nodes(GateWorkload.Objects(plan, plan.Graph[workload]));

    /// <summary>Everything else: the agent's pod, and what the cluster is told once.</summary>
    public IReadOnlyList<JsonObject> Shared()
    {
        var own = Workloads(plan.Graph).Select(name => $"{name}.yaml").ToHashSet(StringComparer.Ordinal);
        return Nodes(
        [
            .. Base.Parts(plan).Where(part => !own.Contains(part.Path)).SelectMany(part => part.Documents),
            .. CiliumPolicies.All(plan),
            .. AdmissionComponents.Policies(plan, registry),
        ]);
    }

    private static List<JsonObject> Nodes(IEnumerable<object> documents) => [.. documents.Select(document => (JsonObject)ManifestJson.ToNode(document))];
}
