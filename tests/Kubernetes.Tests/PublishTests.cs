using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Tests;

public sealed class PublishTests
{
    [Fact]
    public void SameInput_SameBytes()
    {
        Assert.Equal(Sample.Publish(Sample.Options), Sample.Publish(Sample.Options));
    }

    [Fact]
    public void Kustomization_ListsExactlyTheFilesBesideIt()
    {
        var files = Sample.Publish();
        var listed = Lines(files, "base/kustomization.yaml").Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => "base/" + line[2..]);

        Assert.Equal(
            files.Select(file => file.Path).Where(path => path.StartsWith("base/", StringComparison.Ordinal) && path.EndsWith(".yaml", StringComparison.Ordinal) && path != "base/kustomization.yaml").Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void PolicyText_IsPublishedWordForWord()
    {
        var map = Sample.Publish().Single(file => file.Path == "base/policy.yaml").Text;

        Assert.Contains("    host: api.example.com".Trim(), map, StringComparison.Ordinal);
        Assert.Contains("- { host: \"*.internal.example.com\", ports: [443, 8443] }", map, StringComparison.Ordinal);
    }

    [Fact]
    public void ShippedPolicy_CanBePublished()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "policies", "default.yaml"));

        foreach (var profile in new[] { "default", "strict", "offline" })
        {
            Assert.NotEmpty(Sample.Publish(new PublishOptions { PolicyText = text, Profile = profile }));
        }
    }

    [Theory]
    [InlineData("vault: \"secret/ai/api#token\"", "embedded: api", "the embedded store stays on its machine")]
    [InlineData("secrets:\n", "secrets:\n      own: { vault: \"secret/ai/own#token\", deliver: agent }\n", "the agent's pod has no way to the broker")]
    [InlineData("inference: { models: [\"*\"] }", "honeypots: [secrets]", "honeypots: secrets are laid on a laptop alone")]
    [InlineData("deliver: { header: authorization, prefix: \"Bearer \", host: api.example.com }", "deliver: agent", "is delivered to the agent and added by no gate")]
    [InlineData("{ host: packages.example.com }", "{ host: packages.example.com, allowPrivate: true }", "private addresses are the cluster's own")]
    [InlineData("93.184.215.14", "\"2606:2800:21f:cb07:6820:80da:af6b:8b2c\"", "is an IPv6 address")]
    [InlineData("93.184.215.14", "93.184.0.0/16", "is a block of addresses")]
    [InlineData("memory: 2GiB", "memory: 65GiB", "may have 64GiB")]
    [InlineData("ports: [80], inject", "ports: [443], inject", "cannot be added on TLS port 443")]
    [InlineData("memory: 2GiB", "memroy: 2GiB", "unknown key 'memroy'")]
    public void PolicyThatAClusterCannotKeep_IsOneClearError(string from, string to, string expected)
    {
        var error = Assert.Throws<PublishException>(() => Sample.Publish(Sample.With(from, to)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.NotEmpty(Sample.Publish());
    }

    [Fact]
    public void UnknownProfile_NamesTheKnownOnes()
    {
        var error = Assert.Throws<PublishException>(() => Sample.Publish(Sample.Options with { Profile = "other" }));

        Assert.Equal("--profile 'other' is not in policy.yaml; it has default", error.Message);
    }

    [Fact]
    public void KnownDigests_NameTheImages_AndTheOthersGoByVersion()
    {
        using var directory = new TemporaryDirectory();
        OutputDirectory.Write(directory.Path, Sample.Publish(Sample.Options with { ImageDigests = new Dictionary<string, string> { ["file-gate"] = Digest } }));

        var built = Kubectl.Build(directory.File("overlays/local"));

        Assert.Contains($"image: registry.localhost:5000/secure-agent/file-gate@{Digest}\n", built, StringComparison.Ordinal);
        Assert.Contains("image: registry.localhost:5000/secure-agent/egress-proxy:0.1.0\n", built, StringComparison.Ordinal);
    }

    [Fact]
    public void DigestOfAnUnknownImage_IsOneClearError()
    {
        var error = Assert.Throws<PublishException>(() => Sample.Publish(Sample.Options with { ImageDigests = new Dictionary<string, string> { ["file-gat"] = Digest } }));

        Assert.StartsWith("--images names 'file-gat', which no manifest uses; known are agent-runner,", error.Message, StringComparison.Ordinal);
    }

    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static string[] Lines(IReadOnlyList<ManifestFile> files, string path) => files.Single(file => file.Path == path).Text.Split('\n');
}
