using SecureAgent.Kubernetes.Detection;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>Kustomize components: parts that an overlay takes or leaves.</summary>
internal static class Components
{
    public static IEnumerable<ManifestFile> Files(Plan plan) =>
    [
        .. Of("cilium").Add("network.yaml", CiliumPolicies.All(plan)).Files(Kustomization.Component()),
        .. Of("portable").Add("network.yaml", PortablePolicies.All(plan)).Files(Kustomization.Component()),
        .. Of("tetragon").Add("tracing.yaml", Tetragon.All()).Files(Kustomization.Component()),
        .. Of(InferenceDevice.Name).Files(Kustomization.Component() with { Patches = [new PatchText(Patch: YamlWriter.Write([InferenceDevice.Of()]))] }),
        .. Of("agent-sandbox").Add("sandbox.yaml", AgentWorkload.Sandbox(plan)).Files(Kustomization.Component()),
    ];

    private static ManifestSet Of(string name) => new($"components/{name}");
}
