using SecureAgent.Kubernetes.Admission;

namespace SecureAgent.Kubernetes.Tests.Admission;

public sealed class AdmissionCorpusTests
{
    private static readonly AdmissionSettings Settings = new();

    public static TheoryData<string> Files => [.. AdmissionCorpus.Verdicts.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void Reference_GivesTheCorpusVerdict(string file)
    {
        Assert.Equal(AdmissionCorpus.Verdicts[file], AdmissionEvaluator.Broken(AdmissionCorpus.Read(file), Settings).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void PublishedCel_GivesTheCorpusVerdict(string file)
    {
        Assert.Equal(AdmissionCorpus.Verdicts[file], CelPolicies.Broken(AdmissionCorpus.Read(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Corpus_HasAtLeast60Objects_AndBreaksEveryRuleInBothNamespacesOrNamesItsOwn()
    {
        Assert.InRange(AdmissionCorpus.Verdicts.Count, 60, 1000);
        Assert.Equal(AdmissionRules.Of(Settings).Select(rule => rule.Id).Order(StringComparer.Ordinal), AdmissionCorpus.Verdicts.Values.SelectMany(ids => ids).Distinct().Order(StringComparer.Ordinal));
        Assert.All(AdmissionCorpus.Verdicts, verdict => Assert.Equal(verdict.Key.StartsWith("good/", StringComparison.Ordinal), verdict.Value.Length == 0));
        Assert.Equal(
            AdmissionCorpus.Verdicts.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(AdmissionCorpus.Folder, "*.yaml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(AdmissionCorpus.Folder, path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("registry.example/agents")]
    [InlineData("")]
    [InlineData("it's/")]
    public void OddRegistry_IsRefused(string registry)
    {
        Assert.Throws<ArgumentException>(() => AdmissionObjects.Files(Settings with { Registries = [registry] }));
        Assert.NotEmpty(AdmissionObjects.Files(Settings with { Registries = ["registry.example/agents/"] }));
    }
}
