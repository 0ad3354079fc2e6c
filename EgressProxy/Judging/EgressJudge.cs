using System.Net;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>
/// text → canonical host → rule → (only then) resolution → every address judged. A denied name is never resolved; a decoy is an alarm; one bad address among good
/// ones refuses the destination, because a mixed answer is what an attack on the choice between them looks like.
/// </summary>
internal sealed class EgressJudge(HostAddresses hostAddresses, DecoyAlarm decoys)
{
    public async Task<Judgement> JudgeAsync(EgressSession session, EgressAsk ask)
    {
        if (CanonicalHost.TryParse(ask.HostText) is not { } host)
        {
            return new Judgement(ask, Decision.Deny(ReasonCode.HostInvalid), null, null, []);
        }

        var profile = session.Profile;
        var decision = EgressPolicy.Decide(profile, host, ask.Port);
        if (decision.Reason == ReasonCode.HoneypotTouched)
        {
            return await decoys.TripAsync(session, new Judgement(ask, decision, host, null, []));
        }

        if (!decision.IsAllowed || EgressPolicy.RuleOf(profile, decision) is not { } rule)
        {
            return new Judgement(ask, decision.IsAllowed ? default : decision, host, null, []);
        }

        if (session.Wildcards.Refusal(rule, host) is { } reason)
        {
            return new Judgement(ask, Decision.Deny(reason, rule.Rule), host, rule, []);
        }

        IReadOnlyList<IPAddress> addresses;
        try
        {
            addresses = host.Address is { } literal ? [literal] : await session.Names.ResolveAsync(host.Name);
        }
        catch (AuditUnavailableException)
        {
            return new Judgement(ask, Decision.Deny(ReasonCode.AuditUnavailable, rule.Rule), host, rule, []);
        }

        return new Judgement(ask, JudgeAddresses(rule, addresses), host, rule, addresses) switch
        {
            { IsAllowed: true } allowed => allowed,
            var refused => refused with { Addresses = [] },
        };
    }

    private Decision JudgeAddresses(EgressRule rule, IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            return Decision.Deny(ReasonCode.NameNotResolved, rule.Rule);
        }

        var own = hostAddresses.Current;
        foreach (var address in addresses)
        {
            var decision = AddressPolicy.Decide(rule, address, own);
            if (!decision.IsAllowed)
            {
                return decision;
            }
        }

        return Decision.Allow(rule.Rule);
    }
}
