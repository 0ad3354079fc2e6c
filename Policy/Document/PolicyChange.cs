using SecureAgent.Policy.Secrets;

namespace SecureAgent.Policy.Document;

/// <summary>What of a profile may change while a session runs under it, and what stays the same from one document to the next.</summary>
/// <remarks>Lists inside a rule that are not compared here count as different: what is under way under it is then cut once too often, never once too seldom.</remarks>
public static class PolicyChange
{
    private static readonly RuleRef Nowhere = new("", "", 0);

    /// <summary>One sentence for each part that would need a new session. Empty when this one can go on under the new profile.</summary>
    public static IReadOnlyList<string> Refusals(Profile from, Profile to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return
        [
            .. Where(from.Sandbox != to.Sandbox, "sandbox: the limits of a running sandbox do not change"),
            .. Where(!AreSame(from.Files, to.Files, IsSame), "files: what a session sees of the files is laid out when it starts"),
            .. Where(!AreSame(from.Honeypots, to.Honeypots, string.Equals), "honeypots: decoys are laid when a session starts"),
            .. Where(!AreSame(from.McpServers, to.McpServers, IsSame), "mcpServers: they are started with the session"),
            .. Where(SecretDoor.IsAsked(from) != SecretDoor.IsAsked(to), "secrets[].deliver: the sandbox gets its way to the broker when it starts, or none"),
            .. Where(!Inspects(from) && Inspects(to), "egress[].inspect: a session without inspection has no certificate authority that its programs trust"),
        ];
    }

    public static bool IsSame(EgressRule one, EgressRule other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Bare(one) == Bare(other) && AreSame(one.Ports, other.Ports, Equals) && IsSame(one.Inspect, other.Inspect) && AreSame(one.Placeholders, other.Placeholders, IsSame);

        static EgressRule Bare(EgressRule rule) => rule with { Ports = [], Inspect = null, Placeholders = [], Rule = Nowhere };
    }

    public static bool IsSame(SecretGrant one, SecretGrant other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Bare(one) == Bare(other) && AreSame(one.Methods, other.Methods, string.Equals);

        static SecretGrant Bare(SecretGrant grant) => grant with { Methods = [], Rule = Nowhere };
    }

    /// <summary>What a server may do changes with its own session.</summary>
    private static bool IsSame(McpServer one, McpServer other) => one.Name == other.Name && AreSame(one.Command, other.Command, string.Equals);

    private static bool IsSame(InspectRule? one, InspectRule? other)
    {
        return one is null || other is null
            ? one is null && other is null
            : Bare(one) == Bare(other) && AreSame(one.Methods, other.Methods, string.Equals) && AreSame(one.Paths, other.Paths, (a, b) => a.Text == b.Text)
                && AreSame(one.Upgrades, other.Upgrades, string.Equals) && AreSame(one.StripHeaders, other.StripHeaders, string.Equals)
                && one.Headers is null == other.Headers is null && AreSame(one.Headers ?? [], other.Headers ?? [], string.Equals);

        static InspectRule Bare(InspectRule rule) => rule with { Methods = [], Paths = [], Upgrades = [], Headers = null, StripHeaders = [] };
    }

    private static bool IsSame(PlaceholderRule one, PlaceholderRule other) =>
        one.Secret == other.Secret && AreSame(one.Fields, other.Fields, string.Equals) && AreSame(one.Query, other.Query, string.Equals)
        && AreSame(one.Body, other.Body, string.Equals);

    private static bool IsSame(FileGrant one, FileGrant other)
    {
        return Bare(one) == Bare(other) && AreSame(one.Allow, other.Allow, IsSame) && AreSame(one.Deny, other.Deny, IsSame);

        static FileGrant Bare(FileGrant grant) => grant with { Allow = [], Deny = [], Rule = Nowhere };
    }

    private static bool IsSame(Glob one, Glob other) => one.Text == other.Text;

    private static bool Equals(int one, int other) => one == other;

    private static bool Inspects(Profile profile) => profile.Egress.Any(rule => rule.Inspect is not null);

    private static bool AreSame<T>(IReadOnlyList<T> ones, IReadOnlyList<T> others, Func<T, T, bool> isSame) =>
        ones.Count == others.Count && ones.Zip(others).All(pair => isSame(pair.First, pair.Second));

    private static IEnumerable<string> Where(bool isRefused, string sentence) => isRefused ? [$"{sentence}; end this session and start another"] : [];
}
