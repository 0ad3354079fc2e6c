using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests.Admission;

/// <summary>What is published is admitted by the rules that are published beside it.</summary>
public sealed class PublishedAdmissionTests
{
    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void EveryPublishedPod_IsAdmitted_ByItsOwnOverlay(Isolation isolation, SecretsDelivery secrets)
    {
        var options = Sample.Options with { Isolation = isolation, Secrets = secrets };
        foreach (var overlay in options.Overlays)
        {
            var settings = AdmissionComponents.Settings(Plan.Of(Sample.Graph, options), Overlay.Registry(overlay));
            var pods = Pods(Sample.Variant(isolation, secrets), Overlay.Registry(overlay));

            Assert.InRange(pods.Count, 6, 20);
            Assert.All(pods, pod => Assert.Empty(AdmissionEvaluator.Broken(pod, settings)));
        }
    }

    [Fact]
    public void PodOfAnotherRegistry_OrAnotherIsolation_IsRefused()
    {
        var settings = AdmissionComponents.Settings(Plan.Of(Sample.Graph, Sample.Options), Overlay.Registry("staging"));

        Assert.All(Pods(Sample.Publish(), Overlay.Registry("local")), pod => Assert.Equal(["allowed-registries"], AdmissionEvaluator.Broken(pod, settings)));
        Assert.Contains(Pods(Sample.Publish(Sample.Options with { Isolation = Isolation.Gvisor }), Overlay.Registry("staging")),
            pod => AdmissionEvaluator.Broken(pod, settings).SequenceEqual(["runtime-class-required"]));
    }

    [Fact]
    public void Overlay_TakesItsPolicies_AndNamesItsRegistryInAllThreeTongues()
    {
        var files = Sample.Publish().ToDictionary(file => file.Path, file => file.Text, StringComparer.Ordinal);

        foreach (var overlay in PublishOptions.AllOverlays)
        {
            Assert.Contains("- \"../../admission/policies\"\n", files[$"overlays/{overlay}/kustomization.yaml"], StringComparison.Ordinal);
            Assert.Contains("patches:\n- path: allowed-registries.yaml\n", files[$"overlays/{overlay}/kustomization.yaml"], StringComparison.Ordinal);
            foreach (var path in new[] { $"overlays/{overlay}/allowed-registries.yaml", $"admission/gatekeeper/registries/{overlay}/allowed-registries.yaml", $"admission/conftest/{overlay}/secure_agent.rego" })
            {
                Assert.Contains($"{Overlay.Registry(overlay)}/secure-agent/", files[path], StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("local")]
    [InlineData("staging")]
    public void BuiltOverlay_AdmitsItsRegistryAlone(string overlay)
    {
        using var directory = new TemporaryDirectory();
        OutputDirectory.Write(directory.Path, Sample.Publish());

        var policy = ManifestReader.Parse(Kubectl.Build(directory.File($"overlays/{overlay}")), overlay)
            .Single(found => found is { Kind: "ValidatingAdmissionPolicy", Name: "secure-agent-allowed-registries" }).Root["spec"];

        Assert.Equal($"variables.containers.all(c, has(c.image) && ['{Overlay.Registry(overlay)}/secure-agent/'].exists(r, c.image.startsWith(r)))", Assert.Single(policy["validations"].Items)["expression"].Text);
        Assert.Equal(6, policy["variables"].Items.Count());
    }

    private static List<ManifestObject> Pods(IReadOnlyList<ManifestFile> files, string registry) =>
        [.. files.Where(file => file.Path.EndsWith(".yaml", StringComparison.Ordinal))
            .SelectMany(file => ManifestReader.Parse(file.Text.Replace("image: secure-agent/", $"image: {registry}/secure-agent/", StringComparison.Ordinal).Replace("image: \"secure-agent/", $"image: \"{registry}/secure-agent/", StringComparison.Ordinal), file.Path))
            .Where(found => Workload.Of(found) is not null)];
}
