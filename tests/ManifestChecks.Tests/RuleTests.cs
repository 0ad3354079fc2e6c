using System.Text.RegularExpressions;
using SecureAgent.ManifestChecks.Reading;
using SecureAgent.ManifestChecks.Rules;

namespace SecureAgent.ManifestChecks.Tests;

public sealed class RuleTests
{
    private static readonly string Good = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Manifests", "good.yaml"));

    public static TheoryData<string> Ids => [.. RuleTable.All.Select(rule => rule.Id)];

    [Fact]
    public void GoodManifest_BreaksNoRule()
    {
        Assert.Empty(Check(Good).Select(finding => $"{finding.Rule.Id} {finding.Line} {finding.Subject} {finding.Detail}"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void MutatedManifest_BreaksExactlyItsRule(string id)
    {
        var (old, changed) = Mutations.All[id];
        Assert.Single(Regex.Matches(Good, Regex.Escape(old)));

        var findings = Check(Good.Replace(old, changed, StringComparison.Ordinal));

        Assert.Equal([id], findings.Select(finding => finding.Rule.Id).Distinct());
        Assert.All(findings, finding => Assert.InRange(finding.Line, 1, Good.Count(letter => letter == '\n') + 20));
    }

    [Fact]
    public void Table_HasAtLeast40Rules_EachSaysAll()
    {
        Assert.InRange(RuleTable.All.Count, 40, 200);
        Assert.Equal(RuleTable.All.Count, RuleTable.All.Select(rule => rule.Id).Distinct().Count());
        Assert.Equal(RuleTable.All.Select(rule => rule.Id).Order(StringComparer.Ordinal), Mutations.All.Keys.Order(StringComparer.Ordinal));
        Assert.All(RuleTable.All, rule => Assert.All(new[] { rule.What, rule.Why, rule.Mend }, text => Assert.EndsWith(".", text, StringComparison.Ordinal)));
        Assert.All(RuleTable.All, rule => Assert.Matches("^[a-z]+(-[a-z]+)*$", rule.Id));
    }

    [Theory]
    [InlineData("DB_PASSWORD", "hunter2", true)]
    [InlineData("Store__ApiToken", "hunter2", true)]
    [InlineData("SecretStore__Address", "https://vault.example", false)]
    [InlineData("Store__ApiTokenFile", "/run/token", false)]
    [InlineData("PASSWORD_PROFILE", "hunter2", true)]
    [InlineData("OPENAI_API_KEY", "none", false)]
    public void SecretLiteral_IsJudgedByTheLastPartOfItsName(string name, string value, bool isFound)
    {
        const string env = "          env:\n";
        Assert.Contains(env, Good, StringComparison.Ordinal);

        var findings = Check(Good.Replace(env, $"{env}            - {{ name: {name}, value: {value} }}\n", StringComparison.Ordinal));

        Assert.Equal(isFound ? ["no-secret-literal"] : [], findings.Select(finding => finding.Rule.Id));
    }

    [Fact]
    public void Finding_NamesTheLine()
    {
        var finding = Assert.Single(Check(Good.Replace("type: ClusterIP", "type: NodePort", StringComparison.Ordinal)));

        Assert.Equal(Good[..Good.IndexOf("type: ClusterIP", StringComparison.Ordinal)].Count(letter => letter == '\n') + 1, finding.Line);
        Assert.Equal("Service work/api", finding.Subject);
    }

    private static IReadOnlyList<Finding> Check(string yaml) => ManifestCheck.Run(new ManifestSet(ManifestReader.Parse(yaml, "good.yaml"), [])).Findings;
}
