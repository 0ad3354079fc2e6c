using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes;

namespace SecureAgent.Hosting.Aspire.Publishing;

/// <summary>
/// The published graph as a Helm chart: the pods, policies and custom resources of the Kustomize output, hung off the resources they belong to, with each
/// program's image as a value.
/// </summary>
internal static class ChartPublishing
{
    /// <summary>Prefix of the environment variables that carry images into <c>values.yaml</c>; no pod gets them.</summary>
    private const string Variable = "image_";

    /// <param name="server">The server, in publish mode.</param>
    public static void Add(IResourceBuilder<SecureAgentResource> server)
    {
        var graph = server.Resource.Graph;
        var workloads = ChartObjects.Workloads(graph);
        foreach (var workload in workloads)
        {
            Container(server, workload, [workload], chart => chart.Of(workload));
        }

        // The agent's pod has the programs that run beside it, and what the whole cluster is told needs a resource to hang off.
        Container(server, ComponentNames.DesktopAgent, [.. ChartObjects.Programs(graph).Except(workloads)], chart => chart.Shared());
    }

    private static void Container(
        IResourceBuilder<SecureAgentResource> server, string name, IReadOnlyList<string> programs, Func<ChartObjects, IReadOnlyList<JsonObject>> objects)
    {
        var container = server.ApplicationBuilder.AddContainer(name, ChartObjects.BaseImage(name)).WithParentRelationship(server);
        foreach (var program in programs)
        {
            container.WithEnvironment(context => context.EnvironmentVariables[VariableOf(program)] = server.Resource.Chart.Image(program));
        }

        container.PublishAsKubernetesService(kubernetes => Replace(kubernetes, programs, objects(ObjectsOf(server.Resource))));
    }

    /// <summary>What Aspire makes of a container is not hardened; ours take its place, and of its own only the values stay.</summary>
    private static void Replace(KubernetesResource kubernetes, IReadOnlyList<string> programs, IReadOnlyList<JsonObject> objects)
    {
        var expressions = kubernetes.ConfigMap!.Data;
        var values = programs.ToDictionary(ChartObjects.BaseImage, program => expressions[VariableOf(program)]);
        foreach (var node in objects.Select(HelmText.Escape))
        {
            ImageValues.Put(node, values);
            kubernetes.AdditionalResources.Add(new ChartObject(node));
        }

        if (kubernetes.AdditionalResources.OfType<ChartObject>().GroupBy(one => one.Metadata.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new DistributedApplicationException($"two objects of the chart would be written to {twice.Key}.yaml");
        }

        (kubernetes.Workload, kubernetes.Service, kubernetes.ConfigMap, kubernetes.Secret) = (null, null, null, null);
    }

    private static ChartObjects ObjectsOf(SecureAgentResource server)
    {
        var text = File.ReadAllText(server.SourcePolicy);
        var options = server.Chart.Options with { PolicyText = server.Draft.IsEmpty ? text : server.Draft.Apply(text, server.SourcePolicy), PolicySource = server.SourcePolicy };
        return new ChartObjects(server.Graph, options, server.Chart.Registry);
    }

    private static string VariableOf(string program) => Variable + program.Replace('-', '_');
}
