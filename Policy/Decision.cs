namespace SecureAgent.Policy;

/// <summary>Zero is deny: a decision nobody made refuses.</summary>
public enum Verdict
{
    Deny = 0,
    Allow = 1,
}

/// <summary>
/// The outcome of one question to the policy: verdict, reason from a closed set, and the rule that decided.
/// <c>default(Decision)</c> denies with <see cref="ReasonCode.NoRule"/>.
/// </summary>
public readonly record struct Decision(Verdict Verdict, ReasonCode Reason, RuleRef? Rule)
{
    public bool IsAllowed => Verdict == Verdict.Allow;

    /// <summary>True when no rule matched and the default (deny) decided.</summary>
    public bool IsDefault => Rule is null;

    public static Decision Allow(RuleRef rule) => new(Verdict.Allow, ReasonCode.AllowedByRule, rule);

    public static Decision Deny(ReasonCode reason, RuleRef? rule = null) => new(Verdict.Deny, reason, rule);
}

/// <summary>Points at the rule that decided: <c>egress[0]</c> at a line of the policy document, with its text.</summary>
public sealed record RuleRef(string Path, string Text, int Line)
{
    public override string ToString() => $"{Path} (line {Line}): {Text}";
}
