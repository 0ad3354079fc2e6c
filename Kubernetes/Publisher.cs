using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Detection;
using SecureAgent.Kubernetes.GitOps;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Parity;
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
        List<ManifestFile> files =
        [
            .. Base.Files(plan),
            .. Components.Files(plan),
            .. options.Overlays.SelectMany(overlay => Overlay.Files(plan, overlay)),
            .. AdmissionComponents.Files(plan),
            .. GitOpsExamples.Files(plan),
            new ManifestFile("observability/falco-rules.yaml", Falco.Rules()),
            new ManifestFile("README.md", OutputReadme.Write(plan)),
        ];
        files.Add(new ManifestFile("parity.json", ParityReport.Of(plan, files).Text));
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }
}
