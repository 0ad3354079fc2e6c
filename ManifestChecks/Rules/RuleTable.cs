namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Every rule there is, by id.</summary>
public static class RuleTable
{
    public static IReadOnlyList<Rule> All { get; } =
        [.. new[] { IsolationRules.All, PrivilegeRules.All, IdentityRules.All, ResourceRules.All, NetworkRules.All, ClusterRules.All }.SelectMany(rules => rules).OrderBy(rule => rule.Id, StringComparer.Ordinal)];
}
