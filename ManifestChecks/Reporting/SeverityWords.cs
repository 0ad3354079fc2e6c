using SecureAgent.ManifestChecks.Rules;

namespace SecureAgent.ManifestChecks.Reporting;

public static class SeverityWords
{
    public static string Word(this Severity severity) => severity == Severity.Error ? "error" : "warning";
}
