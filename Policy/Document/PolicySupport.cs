using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Document;

/// <summary>
/// Parts of the policy language that this version parses but cannot enforce yet. A profile that uses one is refused
/// at session start: a promise that is not kept is never a weaker mode. Each entry goes away with the feature's arrival.
/// </summary>
public static class PolicySupport
{
    private static readonly Func<Profile, IEnumerable<string>>[] Table =
    [
        profile => Where(
            profile.Sandbox.Driver is not ("bubblewrap" or "auto") && profile.Honeypots.Contains("hosts"),
            $"honeypots: packets around the proxy are not seen by driver {profile.Sandbox.Driver}, so hosts could be asked for unnoticed; use bubblewrap, or leave hosts out."),
        profile => from tool in profile.Sandbox.Tools
                   where profile.Sandbox.Driver is "container" && tool.AsSpan().ContainsAny(',', '"')
                   select $"sandbox.tools: podman takes no commas and quotes in a path, as in {tool}; rename the directory, or use another driver.",
        profile => from tool in profile.Sandbox.Tools
                   from grant in profile.Files
                   where ToolPlaces.Overlap(tool, grant.Root)
                   select $"sandbox.tools: {tool} and files[].root {grant.Root} lie in each other, so files could be read past the file gate; move the tools elsewhere.",
        profile => profile.Files.Select(grant => grant.Root).Distinct(StringComparer.Ordinal).GroupBy(FileRoots.NameOf, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1).Select(same =>
            $"files[].root: {string.Join(" and ", same)} would both be {same.Key}; a session sees a root by its last name."),
        profile => from rule in profile.Egress
                   where rule is { Inject: not null, Inspect: null }
                   let port = rule.Ports.FirstOrDefault(TlsPorts.Contains)
                   where port != 0
                   select $"{rule.Rule.Path}.inject: {rule.Inject} cannot be added on TLS port {port} without inspection; add inspect, or use a port that speaks plain HTTP.",
        profile => from rule in profile.Egress
                   where rule.Inject is not null && rule.Host.StartsWith("*.", StringComparison.Ordinal)
                   select $"{rule.Rule.Path}.inject: {rule.Inject} cannot be bound to the wildcard {rule.Host}; name the one host it is for.",
        profile => Where(
            profile.Files.Select(grant => grant.Deliver).Distinct().Count() > 1,
            "files[].deliver: a session gets its files one way; give every entry the same deliver."),
    ];

    /// <summary>One sentence per unsupported use, with the rule it is in. Empty when the profile is fully enforced.</summary>
    public static IReadOnlyList<string> Unsupported(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return [.. Table.SelectMany(entry => entry(profile))];
    }

    private static IEnumerable<string> Where(bool isUsed, string sentence) => isUsed ? [sentence] : [];
}
