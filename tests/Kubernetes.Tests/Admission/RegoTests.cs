using System.Diagnostics;
using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Admission;

namespace SecureAgent.Kubernetes.Tests.Admission;

public sealed class RegoTests
{
    private static readonly AdmissionSettings Settings = new();

    [Fact]
    public void ShippedModule_IsTheTablesOwn()
    {
        Assert.Equal(AdmissionObjects.Conftest(Settings), File.ReadAllText(Path.Combine(AdmissionCorpus.Rego, "secure_agent.rego")));
    }

    [Fact]
    public void GatekeeperModules_ArePlainV0_AndNamedByTheirRule()
    {
        var templates = Documents(AdmissionObjects.Templates);
        var constraints = Documents(AdmissionObjects.Constraints);

        Assert.Equal(AdmissionRules.Of(Settings).Count, templates.Count);
        Assert.All(templates, template =>
        {
            var rego = (string)template["spec"]!["targets"]![0]!["rego"]!;
            Assert.DoesNotMatch(@"\bimport\b|\bcontains\b| if \{", rego);
            Assert.Contains("violation[{\"msg\": msg}] {", rego, StringComparison.Ordinal);
            Assert.Equal(rego.Count(letter => letter == '{'), rego.Count(letter => letter == '}'));
            Assert.Equal(((string)template["spec"]!["crd"]!["spec"]!["names"]!["kind"]!).ToLowerInvariant(), (string)template["metadata"]!["name"]!);
        });
        Assert.Equal(templates.Select(template => (string)template["spec"]!["crd"]!["spec"]!["names"]!["kind"]!), constraints.Select(constraint => (string)constraint["kind"]!));
    }

    [Fact]
    public void UnitTests_NameEveryRule()
    {
        var tests = File.ReadAllText(Path.Combine(AdmissionCorpus.Rego, "secure_agent_test.rego"));

        Assert.All(AdmissionRules.Of(Settings), rule => Assert.Contains($"test_{RegoText.Package(rule)}_denied", tests, StringComparison.Ordinal));
    }

    /// <summary>Needs <c>opa</c> on the path; where there is none the Rego is shipped but not evaluated.</summary>
    [Fact]
    public void Opa_PassesTheUnitTests_AndGivesTheCorpusVerdicts()
    {
        Assert.SkipUnless(HasOpa(), "no 'opa' on the PATH: the Rego is checked for shape only, not evaluated; install OPA to run this");
        var cancel = TestContext.Current.CancellationToken;

        Assert.False(cancel.IsCancellationRequested);
        Assert.Contains("PASS", Opa("test", AdmissionCorpus.Rego), StringComparison.Ordinal);
        foreach (var (file, rules) in AdmissionCorpus.Verdicts)
        {
            var answer = JsonNode.Parse(Opa("eval", "--format", "json", "--data", Path.Combine(AdmissionCorpus.Rego, "secure_agent.rego"), "--input", Path.Combine(AdmissionCorpus.Folder, file), "data.main.deny"))!;
            var denied = answer["result"]![0]!["expressions"]![0]!["value"]!.AsArray().Select(message => ((string)message!).Split(':')[0]);
            Assert.Equal(rules, denied.Distinct().Order(StringComparer.Ordinal));
        }
    }

    private static List<JsonObject> Documents(string directory) =>
        [.. AdmissionObjects.Files(Settings).Where(file => Path.GetDirectoryName(file.Path) == directory).SelectMany(file => file.Documents)];

    private static bool HasOpa()
    {
        try
        {
            return Opa("version").Length > 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not installed: the caller says so.
            return false;
        }
    }

    private static string Opa(params string[] arguments)
    {
        using var opa = Process.Start(new ProcessStartInfo("opa", arguments) { RedirectStandardOutput = true })!;
        var text = opa.StandardOutput.ReadToEnd();
        opa.WaitForExit();
        return text;
    }
}
