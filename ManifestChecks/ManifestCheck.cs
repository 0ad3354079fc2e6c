using SecureAgent.ManifestChecks.Reading;
using SecureAgent.ManifestChecks.Rules;

namespace SecureAgent.ManifestChecks;

/// <summary>Every rule over every object.</summary>
public static class ManifestCheck
{
    /// <param name="disabled">Ids of rules to leave out.</param>
    public static CheckReport Run(ManifestSet set, IReadOnlySet<string>? disabled = null)
    {
        var rules = RuleTable.All.Where(rule => disabled?.Contains(rule.Id) != true).ToList();
        var findings = rules.SelectMany(rule => rule.Find(set).Select(hit => new Finding(rule, hit.Object.File, hit.Line, hit.Object.Display, hit.Detail)))
            .OrderBy(finding => finding.File, StringComparer.Ordinal).ThenBy(finding => finding.Line).ThenBy(finding => finding.Rule.Id, StringComparer.Ordinal);
        return new CheckReport(set.Objects.Count, set.OtherFiles, rules, [.. findings]);
    }
}

public sealed record CheckReport(int Objects, IReadOnlyList<string> OtherFiles, IReadOnlyList<Rule> Rules, IReadOnlyList<Finding> Findings);
