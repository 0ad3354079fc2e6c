using System.Text;

namespace SecureAgent.ManifestChecks.Reporting;

public static class TextReport
{
    /// <summary>Findings by file, each with what to write instead; one line of summary last.</summary>
    /// <param name="shown">Makes text from manifests safe to show.</param>
    public static string Write(CheckReport report, Func<string, string> shown)
    {
        var text = new StringBuilder();
        foreach (var file in report.Findings.GroupBy(finding => finding.File))
        {
            text.Append(shown(file.Key)).Append('\n');
            foreach (var finding in file)
            {
                text.Append($"  {finding.Line,4}  {finding.Rule.Severity.Word(),-7}  {finding.Rule.Id}: {shown(finding.Subject)}: {shown(finding.Detail)}\n");
                text.Append($"                 {finding.Rule.Mend}\n");
            }

            text.Append('\n');
        }

        return text.Append(Summary(report)).ToString();
    }

    private static string Summary(CheckReport report)
    {
        var errors = report.Findings.Count(finding => finding.Rule.Severity == Rules.Severity.Error);
        var verdict = report.Findings.Count == 0 ? "clean" : $"{Count(errors, "error")}, {Count(report.Findings.Count - errors, "warning")}";
        var left = report.OtherFiles.Count == 0 ? "" : $"; {Count(report.OtherFiles.Count, "file")} without objects left out";
        return $"{verdict}: {Count(report.Objects, "object")}, {Count(report.Rules.Count, "rule")}{left}\n";
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
