using SecureAgent.Kubernetes.Output;
using SecureAgent.ManifestChecks;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>Every variant (isolation × secrets × overlay) against every rule and against Pod Security restricted: as written, and as kubectl builds it.</summary>
public sealed class ManifestCheckTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void Tree_BreaksNoRule(Isolation isolation, SecretsDelivery secrets)
    {
        OutputDirectory.Write(directory.Path, Sample.Variant(isolation, secrets));

        AssertClean(ManifestReader.Read(directory.Path), pods: 6);
    }

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void BuiltOverlay_BreaksNoRule(Isolation isolation, SecretsDelivery secrets)
    {
        OutputDirectory.Write(directory.Path, Sample.Variant(isolation, secrets));
        foreach (var overlay in PublishOptions.AllOverlays)
        {
            AssertClean(new ManifestSet(ManifestReader.Parse(Kubectl.Build(directory.File($"overlays/{overlay}")), overlay), []), pods: 5);
        }
    }

    [Theory]
    [InlineData("base/egress-proxy.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "read-only-root")]
    [InlineData("base/agent-session.yaml", "runtimeClassName: kata", "runtimeClassName: other", "runtime-class-known")]
    [InlineData("base/namespaces.yaml", "enforce: restricted", "enforce: baseline", "namespace-restricted")]
    public void ChangedTree_IsFound(string path, string from, string to, string rule)
    {
        OutputDirectory.Write(directory.Path, Sample.Publish());
        var text = File.ReadAllText(directory.File(path));
        Assert.Contains(from, text, StringComparison.Ordinal);

        File.WriteAllText(directory.File(path), text.Replace(from, to, StringComparison.Ordinal));

        Assert.Contains(rule, ManifestCheck.Run(ManifestReader.Read(directory.Path)).Findings.Select(finding => finding.Rule.Id));
    }

    private static void AssertClean(ManifestSet set, int pods)
    {
        Assert.Empty(ManifestCheck.Run(set).Findings.Select(finding => $"{finding.Rule.Id} {finding.File}:{finding.Line} {finding.Subject} {finding.Detail}"));
        Assert.InRange(set.Workloads.Count, pods, pods + 2);
        Assert.All(set.Workloads, pod => Assert.Empty(RestrictedEvaluator.Refusals(pod)));
    }
}
