using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Workloads;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>What differs from cluster to cluster: where images come from, and which network enforces.</summary>
internal static class Overlay
{
    public static IEnumerable<ManifestFile> Files(Plan plan, string overlay)
    {
        var kustomization = new Kustomization
        {
            Resources = ["../../base"],
            Components = [$"../../{AdmissionComponents.Default}", "../../components/cilium"],
            Images = [.. Images(plan).Select(name => Image(plan, name, Registry(overlay)))],
            Patches = [new PatchText(AdmissionComponents.Patch)],
        };
        return new ManifestSet($"overlays/{overlay}").AddLoose(AdmissionComponents.Patch, AdmissionComponents.PatchText(plan, overlay)).Files(kustomization);
    }

    public static string Registry(string overlay) => overlay == "local" ? "registry.localhost:5000" : "registry.example.com";

    /// <summary>Names of every image the manifests use, without registry.</summary>
    public static IEnumerable<string> Images(Plan plan) => Images(plan.Graph);

    public static IEnumerable<string> Images(Graph graph) =>
        GateWorkload.Of(graph).Select(component => component.Name)
            .Concat([ComponentNames.DesktopAgent, ComponentNames.FileGate, Names.Relay])
            .Order(StringComparer.Ordinal);

    private static ImageName Image(Plan plan, string name, string registry)
    {
        var image = $"secure-agent/{name}";
        return plan.Options.ImageDigests.TryGetValue(name, out var digest)
            ? new ImageName(image, $"{registry}/{image}", Digest: digest)
            : new ImageName(image, $"{registry}/{image}", NewTag: Names.Version);
    }
}
