using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes;

/// <summary>Graph + policy → the files of a Kustomize tree. The same input gives the same bytes.</summary>
public static class Publisher
{
    /// <exception cref="PublishException">What was asked for cannot be published.</exception>
    public static IReadOnlyList<ManifestFile> Publish(Graph graph, PublishOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        var plan = Plan.Of(graph, options);
        return
        [
            .. Base.Files(plan)
                .Concat(options.Overlays.SelectMany(overlay => Overlay.Files(plan, overlay)))
                .Append(new ManifestFile("README.md", OutputReadme.Write(plan)))
                .OrderBy(file => file.Path, StringComparer.Ordinal),
        ];
    }
}
