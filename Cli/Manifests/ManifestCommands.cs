using System.CommandLine;
using SecureAgent.Cli.Terminal;
using SecureAgent.ManifestChecks;
using SecureAgent.ManifestChecks.Reading;
using SecureAgent.ManifestChecks.Reporting;
using SecureAgent.ManifestChecks.Rules;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.Cli.Manifests;

/// <summary><c>manifests check|rules</c>: any directory of Kubernetes manifests, judged without a cluster.</summary>
internal static class ManifestCommands
{
    public static Command Create() => new("manifests", "Judge Kubernetes manifests; needs no cluster and no server.") { Check(), Rules() };

    private static Command Check()
    {
        var path = new Argument<string>("dir") { Description = "Directory of YAML or JSON manifests; a rendered chart or a kustomize tree." };
        var json = CommonOptions.Json();
        var sarif = new Option<string?>("--sarif") { Description = "Also write SARIF 2.1.0 to this file." };
        var disable = new Option<string[]>("--disable") { Description = "Leave a rule out; may be given several times.", DefaultValueFactory = _ => [] };
        var check = new Command("check", "Check every object against every rule. Exit code 1 when something was found.") { path, json, sarif, disable };
        check.SetAction(result =>
        {
            var report = ManifestCheck.Run(Read(result.GetValue(path)!), Known(result.GetValue(disable)!));
            if (result.GetValue(sarif) is { } file)
            {
                Write(file, SarifReport.Write(report));
            }

            result.InvocationConfiguration.Output.Write(result.GetValue(json) ? JsonReport.Write(report) + "\n" : TextReport.Write(report, UntrustedText.Line));
            return report.Findings.Count == 0 ? 0 : 1;
        });
        return check;
    }

    private static Command Rules()
    {
        var rules = new Command("rules", "List the rules: what, why, and what to write instead.");
        rules.SetAction(result =>
        {
            foreach (var rule in RuleTable.All)
            {
                result.InvocationConfiguration.Output.WriteLine($"{rule.Id} ({rule.Severity.Word()}): {rule.What}\n    {rule.Why}\n    {rule.Mend}");
            }
        });
        return rules;
    }

    private static ManifestSet Read(string path)
    {
        try
        {
            return ManifestReader.Read(path);
        }
        catch (ManifestException error)
        {
            throw new CommandException(UntrustedText.Line(error.Message));
        }
    }

    private static HashSet<string> Known(string[] disabled) =>
        disabled.FirstOrDefault(id => RuleTable.All.All(rule => rule.Id != id)) is { } unknown
            ? throw new CommandException($"--disable '{unknown}' is no rule; 'secure-agent manifests rules' lists them")
            : [.. disabled];

    private static void Write(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--sarif '{file}' cannot be written ({error.Message}); give a file in a directory that exists");
        }
    }
}
