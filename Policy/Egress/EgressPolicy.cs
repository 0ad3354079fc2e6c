using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>Decides by canonical host and port, before any name is resolved.</summary>
public static class EgressPolicy
{
    /// <summary>The first rule in document order that names host and port allows. A host that is named with other ports only is <see cref="ReasonCode.PortNotAllowed"/>.</summary>
    public static Decision Decide(Profile profile, CanonicalHost host, int port)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(host);
        if (port is < 1 or > 65535)
        {
            return Decision.Deny(ReasonCode.PortNotAllowed);
        }

        EgressRule? otherPort = null;
        foreach (var rule in profile.Egress)
        {
            if (!HostPattern.Matches(rule.Host, host))
            {
                continue;
            }

            if (rule.Ports.Contains(port))
            {
                return Decision.Allow(rule.Rule);
            }

            otherPort ??= rule;
        }

        return otherPort is null ? Decision.Deny(ReasonCode.NoRule) : Decision.Deny(ReasonCode.PortNotAllowed, otherPort.Rule);
    }

    /// <summary>The rule a decision of <see cref="Decide"/> came from.</summary>
    public static EgressRule? RuleOf(Profile profile, Decision decision)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return decision.Rule is { } deciding ? profile.Egress.FirstOrDefault(rule => rule.Rule == deciding) : null;
    }
}
