using System.Text.Json;
using SecureAgent.ManifestChecks.Reading;
using SecureAgent.ManifestChecks.Reporting;

namespace SecureAgent.ManifestChecks.Tests;

public sealed class ReportTests
{
    private static readonly CheckReport Report = ManifestCheck.Run(new ManifestSet(
        ManifestReader.Parse("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: work\n  labels: {}\n", "a folder/name.yaml"), ["values.yaml"]));

    [Fact]
    public void Text_NamesFileLineRuleAndMend()
    {
        Assert.Equal(
            """
            a folder/name.yaml
                 5  error    namespace-restricted: Namespace work: does not enforce restricted
                             Label it pod-security.kubernetes.io/enforce: restricted.
                 5  warning  namespace-version-pinned: Namespace work: does not pin the version
                             Label it pod-security.kubernetes.io/enforce-version with a version.

            1 error, 1 warning: 1 object, RULES rules; 1 file without objects left out

            """.Replace("RULES", $"{Rules.RuleTable.All.Count}", StringComparison.Ordinal),
            TextReport.Write(Report, text => text));
    }

    [Fact]
    public void Json_HoldsEveryFinding()
    {
        using var json = JsonDocument.Parse(JsonReport.Write(Report));

        Assert.Equal(["namespace-restricted", "namespace-version-pinned"], json.RootElement.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("rule").GetString()));
        Assert.Equal("values.yaml", json.RootElement.GetProperty("notManifests")[0].GetString());
    }

    [Fact]
    public void Sarif_PointsFromResultToRuleAndPlace()
    {
        using var json = JsonDocument.Parse(SarifReport.Write(Report));
        var run = json.RootElement.GetProperty("runs")[0];
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules");

        Assert.Equal("2.1.0", json.RootElement.GetProperty("version").GetString());
        Assert.Equal(Rules.RuleTable.All.Count, rules.GetArrayLength());
        Assert.Equal(2, run.GetProperty("results").GetArrayLength());
        foreach (var result in run.GetProperty("results").EnumerateArray())
        {
            var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
            Assert.Equal(result.GetProperty("ruleId").GetString(), rules[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString());
            Assert.Equal("a%20folder/name.yaml", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
            Assert.Equal(5, place.GetProperty("region").GetProperty("startLine").GetInt32());
        }
    }

    [Fact]
    public void DisabledRule_FindsNothing()
    {
        var report = ManifestCheck.Run(new ManifestSet(ManifestReader.Parse("apiVersion: v1\nkind: Namespace\nmetadata: { name: work }\n", "x"), []), new HashSet<string> { "namespace-restricted" });

        Assert.Equal(["namespace-version-pinned"], report.Findings.Select(finding => finding.Rule.Id));
    }
}
