using SecureAgent.Kubernetes.Output;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests;

/// <summary><c>kubectl kustomize</c> on what is published; skipped, visibly, where kubectl is missing.</summary>
public sealed class KustomizeTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("local", SecretsDelivery.Broker)]
    [InlineData("staging", SecretsDelivery.ExternalSecrets)]
    public void Overlay_Builds_WithItsRegistryAndEveryPolicy(string overlay, SecretsDelivery secrets)
    {
        OutputDirectory.Write(directory.Path, Sample.Publish(Sample.Options with { Secrets = secrets }));

        var (exit, built, errors) = Build($"overlays/{overlay}");

        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("image: secure-agent/", built, StringComparison.Ordinal);
        Assert.Equal(5, Count(built, "kind: CiliumNetworkPolicy\n"));
        Assert.Equal(1, Count(built, "kind: Job\n"));
        Assert.Equal(12, Count(built, "kind: ValidatingAdmissionPolicy\n"));
        Assert.Equal(12, Count(built, "kind: ValidatingAdmissionPolicyBinding\n"));
        Assert.Equal(secrets == SecretsDelivery.Broker ? 0 : 1, Count(built, "kind: ExternalSecret\n"));
    }

    [Theory]
    [InlineData("components/portable")]
    [InlineData("components/tetragon")]
    [InlineData("components/agent-sandbox")]
    [InlineData("admission/gatekeeper/templates")]
    [InlineData("admission/gatekeeper/constraints")]
    [InlineData("admission/gatekeeper/registries/staging")]
    public void Component_Builds_InAnOverlayOfOnesOwn(string component)
    {
        OutputDirectory.Write(directory.Path, Sample.Publish());
        Directory.CreateDirectory(directory.File("overlays/own"));
        File.WriteAllText(directory.File("overlays/own/kustomization.yaml"), $"resources: [../../base]\ncomponents: [../../{component}]\n");

        var (exit, _, errors) = Build("overlays/own");
        var (alone, _, _) = Build(component);

        Assert.True(exit == 0, errors);
        Assert.Equal(0, alone);
    }

    [Fact]
    public void InferenceDevice_AddsADevice_AndKeepsTheRest()
    {
        OutputDirectory.Write(directory.Path, Sample.Publish());
        Directory.CreateDirectory(directory.File("overlays/own"));
        File.WriteAllText(directory.File("overlays/own/kustomization.yaml"), "resources: [../../base]\ncomponents: [../../components/inference-device]\n");

        var gateway = ManifestReader.Parse(Kubectl.Build(directory.File("overlays/own")), "own").Single(found => found is { Kind: "StatefulSet", Name: "inference-gateway" });
        var pod = Workload.Of(gateway)!.PodSpec;

        Assert.Equal(["cpu", "ephemeral-storage", "memory", "nvidia.com/gpu"], Assert.Single(pod["containers"].Items)["resources"]["limits"].Members.Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["nvidia.com/gpu", "secureagent.dev/inference"], pod["tolerations"].Items.Select(toleration => toleration["key"].Text).Order(StringComparer.Ordinal));
        Assert.Equal(["nvidia.com/gpu.present", "secureagent.dev/inference"], pod["nodeSelector"].Members.Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Empty(RestrictedEvaluator.Refusals(Workload.Of(gateway)!));
    }

    [Fact]
    public void MissingFile_DoesNotBuild()
    {
        OutputDirectory.Write(directory.Path, Sample.Publish());
        File.Delete(directory.File("base/rbac.yaml"));

        Assert.NotEqual(0, Build("overlays/local").Exit);
    }

    private (int Exit, string Output, string Errors) Build(string path) => Kubectl.TryBuild(directory.File(path));

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
