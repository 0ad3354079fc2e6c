using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Document.Keys;

/// <summary>What must hold between the keys of a profile.</summary>
internal static class ProfileChecks
{
    public static void Check(ObjectView view, Profile profile)
    {
        // Names as written: a secret whose own lines are wrong is reported there, not again as unknown.
        var written = view.Find(ProfileKeys.Secrets) is YamlMapping secrets ? secrets.Entries.Select(entry => entry.Key.Value).ToList() : [];
        for (var at = 0; at < profile.Egress.Count; at++)
        {
            var rule = profile.Egress[at];
            if (RuleView(view, rule) is { } place)
            {
                CheckInjection(place, rule, profile, written);
                CheckReach(place, rule, profile.Egress.Take(at));
            }
        }
    }

    private static void CheckInjection(ObjectView place, EgressRule rule, Profile profile, List<string> written)
    {
        if (rule.Inject is not { } name)
        {
            return;
        }

        if (!written.Contains(name, StringComparer.Ordinal))
        {
            place.Error(EgressKeys.Inject, $"'{name}' is not under secrets; {Nearest.Hint(name, written)}");
            return;
        }

        var secret = profile.Secrets.FirstOrDefault(grant => grant.Name == name);
        if (secret is { Host.Length: > 0 } && rule.Host.Length > 0 && secret.Host != rule.Host)
        {
            place.Error(
                EgressKeys.Inject,
                $"'{name}' is delivered to {secret.Host} only, but this rule's host is {rule.Host}; write one rule for {secret.Host}, or change secrets.{name}.deliver.host");
        }
    }

    /// <summary>The first rule that names host and port decides: a later one for the same would be read by people and by nobody else.</summary>
    private static void CheckReach(ObjectView place, EgressRule rule, IEnumerable<EgressRule> earlier)
    {
        foreach (var first in earlier.Where(first => Covers(first.Host, rule.Host)))
        {
            var shared = first.Ports.Intersect(rule.Ports).ToList();
            if (shared.Count > 0)
            {
                place.Error(
                    EgressKeys.Host,
                    $"{rule.Host} with port {shared[0]} is already decided by {first.Rule.Path} (line {first.Rule.Line}); put this rule before it, or remove one");
                return;
            }
        }
    }

    private static bool Covers(string first, string later)
    {
        var isWildcard = later.StartsWith("*.", StringComparison.Ordinal);
        return first == later
            || (first.StartsWith("*.", StringComparison.Ordinal)
                && (isWildcard
                    ? later.EndsWith(first[1..], StringComparison.Ordinal)
                    : CanonicalHost.TryParse(later) is { } host && HostPattern.Matches(first, host)));
    }

    /// <summary>The rule's own keys again, for the place of the error.</summary>
    private static ObjectView? RuleView(ObjectView view, EgressRule rule)
    {
        var items = (view.Find(ProfileKeys.Egress) as YamlSequence)?.Items ?? [];
        for (var at = 0; at < items.Count; at++)
        {
            var scope = view.Scope.Key(ProfileKeys.Egress.Name).Item(at);
            if (items[at] is YamlMapping mapping && scope.RulePath == rule.Rule.Path)
            {
                return new ObjectView(mapping, scope, "");
            }
        }

        return null;
    }
}
