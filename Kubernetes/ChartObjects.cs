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
/// The objects of one overlay as data, for publishers with a format of their own (a Helm chart): the same builders as <see cref="Publisher"/>'s files, with
/// the same network and the same admission.
/// </summary>
public sealed class ChartObjects
{
    private readonly Plan plan;
    private readonly string overlay;

    /// <exception cref="PublishException">What was asked for cannot be published.</exception>
    public ChartObjects(Graph graph, PublishOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        (plan, overlay) = (Plan.Of(graph, options), options.Overlays[0]);
    }

    /// <summary>Workloads of their own; the other programs run beside the agent.</summary>
    public IReadOnlyList<string> Workloads => [.. GateWorkload.Of(plan.Graph).Select(component => component.Name)];

    /// <summary>Each image by the name of its program, with the overlay's registry and its digest or version.</summary>
    public IReadOnlyDictionary<string, string> Images => Overlay.Images(plan).ToDictionary(name => name, Image);

    /// <summary>What one workload consists of.</summary>
    /// <param name="images">What stands for each program's image in a pod.</param>
    public IReadOnlyList<JsonObject> Of(string workload, IReadOnlyDictionary<string, string> images) => Nodes(GateWorkload.Objects(plan, plan.Graph[workload]), images);

    /// <summary>Everything else: the agent's pod, and what the cluster is told once.</summary>
    /// <param name="images">What stands for each program's image in a pod.</param>
    public IReadOnlyList<JsonObject> Shared(IReadOnlyDictionary<string, string> images)
    {
        var own = Workloads.Select(name => $"{name}.yaml").ToHashSet(StringComparer.Ordinal);
        return Nodes(
            [
                .. Base.Parts(plan).Where(part => !own.Contains(part.Path)).SelectMany(part => part.Documents),
                .. CiliumPolicies.All(plan),
                .. AdmissionComponents.Policies(plan, overlay),
            ],
            images);
    }

    private string Image(string name)
    {
        var image = $"{Overlay.Registry(overlay)}/secure-agent/{name}";
        return plan.Options.ImageDigests.TryGetValue(name, out var digest) ? $"{image}@{digest}" : $"{image}:{Names.Version}";
    }

    private static List<JsonObject> Nodes(IEnumerable<object> documents, IReadOnlyDictionary<string, string> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var named = images.ToDictionary(pair => Names.Image(pair.Key), pair => pair.Value);
        var nodes = documents.Select(document => (JsonObject)ManifestJson.ToNode(document).DeepClone()).ToList();
        nodes.ForEach(node => Rename(node, named));
        return nodes;
    }

    private static void Rename(JsonNode? node, IReadOnlyDictionary<string, string> images)
    {
        switch (node)
        {
            case JsonObject members:
                if (members["image"] is JsonValue value && value.TryGetValue<string>(out var image) && images.TryGetValue(image, out var other))
                {
                    members["image"] = other;
                }

                foreach (var (_, member) in members)
                {
                    Rename(member, images);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Rename(item, images);
                }

                break;
        }
    }
}
