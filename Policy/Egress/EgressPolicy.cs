using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>Decides by canonical host and port, before any name is resolved.</summary>
public static class EgressPolicy
{
    /// <summary>The first rule in document order that names host and port allows. A host that is named with other ports only is <see cref="ReasonCode.PortNotAllowed"/>, a decoy <see cref="ReasonCode.HoneypotTouched"/>.</summary>
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

        if (otherPort is not null)
        {
            return Decision.Deny(ReasonCode.PortNotAllowed, otherPort.Rule);
        }

        return DecoyHosts.IsDecoy(profile, host) ? Decision.Deny(ReasonCode.HoneypotTouched, DecoyHosts.Rule) : Decision.Deny(ReasonCode.NoRule);
    }

    /// <summary>The rule that is served at the proxy itself under this name.</summary>
    public static EgressRule? RouteOf(Profile profile, string name)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.Egress.FirstOrDefault(rule => rule.Route is { } route && string.Equals(route, name, StringComparison.Ordinal));
    }

    /// <summary>The rule a decision of <see cref="Decide"/> came from.</summary>
    public static EgressRule? RuleOf(Profile profile, Decision decision)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return decision.Rule is { } deciding ? profile.Egress.FirstOrDefault(rule => rule.Rule == deciding) : null;
    }
}
