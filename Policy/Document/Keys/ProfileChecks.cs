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
        var written = view.Find(ProfileKeys.Secrets) is YamlMapping secrets
            ? secrets.Entries.Select(entry => entry.Key.Value).ToHashSet(StringComparer.Ordinal)
            : [];
        var grants = profile.Secrets.ToLookup(grant => grant.Name, StringComparer.Ordinal);
        var places = Places(view);
        var earlier = new Dictionary<(string Host, int Port), EgressRule>();
        var routes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in profile.Egress)
        {
            if (view.Scope.Errors.IsFull || !places.TryGetValue(rule.Rule.Path, out var place))
            {
                return;
            }

            CheckInjection(place, rule, grants, written);
            CheckReach(place, rule, earlier);
            if (rule.Route is { } route && !routes.Add(route))
            {
                place.Error(EgressKeys.Route, $"'{route}' is the route of an earlier rule; choose another name");
            }
        }
    }

    private static void CheckInjection(ObjectView place, EgressRule rule, ILookup<string, SecretGrant> grants, HashSet<string> written)
    {
        if (rule.Inject is { } name)
        {
            CheckSecret(place, EgressKeys.Inject, name, rule, grants, written);
        }

        foreach (var placeholder in rule.Placeholders.Where(placeholder => placeholder.Secret.Length > 0))
        {
            CheckSecret(place, EgressKeys.Placeholders, placeholder.Secret, rule, grants, written);
        }
    }

    private static void CheckSecret(ObjectView place, Key key, string name, EgressRule rule, ILookup<string, SecretGrant> grants, HashSet<string> written)
    {
        if (!written.Contains(name))
        {
            place.Error(key, $"'{name}' is not under secrets; {Nearest.Hint(name, written)}");
            return;
        }

        var secret = grants[name].FirstOrDefault();
        if (secret is { IsForAgent: true })
        {
            place.Error(key, $"'{name}' is delivered to the agent and added by no gate; give secrets.{name}.deliver a header and a host, or remove {key.Name}");
        }

        if (secret is { IsForProxy: true })
        {
            place.Error(key, $"'{name}' has the header of an HTTP proxy's credential, which goes to that proxy only; give secrets.{name}.deliver another header, or remove {key.Name}");
        }

        if (secret is { Host.Length: > 0 } && rule.Host.Length > 0 && secret.Host != rule.Host)
        {
            place.Error(
                key,
                $"'{name}' is delivered to {secret.Host} only, but this rule's host is {rule.Host}; write one rule for {secret.Host}, or change secrets.{name}.deliver.host");
        }
    }

    /// <summary>The first rule that names host and port decides: a later one for the same would be read by people and by nobody else.</summary>
    private static void CheckReach(ObjectView place, EgressRule rule, Dictionary<(string Host, int Port), EgressRule> earlier)
    {
        if (rule.Host.Length == 0)
        {
            // Reported as no host already.
            return;
        }

        foreach (var port in rule.Ports)
        {
            if (earlier.Where(before => before.Key.Port == port && HostPattern.Covers(before.Key.Host, rule.Host)).Select(before => before.Value).FirstOrDefault() is { } first)
            {
                place.Error(
                    EgressKeys.Host,
                    $"{rule.Host} with port {port} is already decided by {first.Rule.Path} (line {first.Rule.Line}); put this rule before it, or remove one");
                break;
            }
        }

        foreach (var port in rule.Ports)
        {
            earlier.TryAdd((rule.Host, port), rule);
        }
    }

    /// <summary>The rules' own keys again, for the place of an error.</summary>
    private static Dictionary<string, ObjectView> Places(ObjectView view)
    {
        var places = new Dictionary<string, ObjectView>(StringComparer.Ordinal);
        var items = (view.Find(ProfileKeys.Egress) as YamlSequence)?.Items ?? [];
        for (var at = 0; at < items.Count; at++)
        {
            var scope = view.Scope.Key(ProfileKeys.Egress.Name).Item(at);
            if (items[at] is YamlMapping mapping)
            {
                places.Add(scope.RulePath, new ObjectView(mapping, scope, ""));
            }
        }

        return places;
    }
}
