using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Suggesting;

/// <summary>A change of the operator's own document that allows one destination in later sessions, as a diff to be reviewed and applied by hand.</summary>
public static class PolicyProposal
{
    /// <summary>Empty where nothing may allow the destination, or the text has no line that a rule could be put on.</summary>
    /// <param name="text">The document that <paramref name="profile"/> is of.</param>
    /// <param name="subject"><c>host:port</c>, the agent's words: it only ever becomes a quoted value.</param>
    public static string ForHost(string text, string source, Profile profile, string subject)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(subject);
        if (HostPort.TryParse(subject) is not var (host, port)
            || EgressAmendment.Of(profile, subject, ReasonCode.NoRule) is not { } amendment)
        {
            return "";
        }

        var wanted = amendment.Profile.Egress[amendment.Entry] with { Ports = [port] };
        return PolicyEdit.WithEgressRule(text, profile.Name, ProfileText.Rule(wanted)) is { } edited && Allows(edited, source, profile, host, port)
            ? UnifiedDiff.Of(source, text, edited)
            : "";
    }

    /// <summary>The edited document says what was meant: the destination is allowed, and every other rule is as it was.</summary>
    private static bool Allows(string edited, string source, Profile before, CanonicalHost host, int port) =>
        PolicyParser.Parse(edited, source).Document?.Profiles.GetValueOrDefault(before.Name) is { } after
        && EgressPolicy.Decide(after, host, port) is { IsAllowed: true } decision
        && ProfileText.Document(after with { Egress = [.. after.Egress.Where(rule => rule.Rule != decision.Rule)] }) == ProfileText.Document(before);
}
