using System.Net;
using SecureAgent.EgressProxy.Asking;
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
internal sealed class EgressJudge(HostAddresses hostAddresses, DecoyAlarm decoys, HostQuestions questions)
{
    public ValueTask<Judgement> JudgeAsync(EgressSession session, EgressAsk ask)
    {
        if (ask.Host is not { } host)
        {
            return ValueTask.FromResult(new Judgement(ask, Decision.Deny(ReasonCode.HostInvalid), null, null, []));
        }

        var profile = session.Profile;
        return session.Allowed.Recall(ask, host, profile, session.Names.Known(host.Name), hostAddresses.Current) is { } allowed
            ? ValueTask.FromResult(allowed)
            : JudgeAsync(session, ask, host, profile);
    }

    private async ValueTask<Judgement> JudgeAsync(EgressSession session, EgressAsk ask, CanonicalHost host, Profile profile)
    {
        var decision = EgressPolicy.Decide(profile, host, ask.Port);
        if (decision.Reason == ReasonCode.HoneypotTouched)
        {
            return await decoys.TripAsync(session, new Judgement(ask, decision, host, null, []));
        }

        var judgement = new Judgement(ask, decision, host, EgressPolicy.RuleOf(profile, decision), []) { Under = profile };
        if (!decision.IsAllowed && await questions.AskAsync(session, judgement) is { } answer)
        {
            judgement = Heard(session.Profile, judgement, host, answer);
        }

        if (judgement is not { IsAllowed: true, Rule: { } rule })
        {
            return judgement.IsAllowed ? judgement with { Decision = default } : judgement;
        }

        if (session.Wildcards.Refusal(rule, host) is { } reason)
        {
            return judgement with { Decision = Decision.Deny(reason, rule.Rule) };
        }

        IReadOnlyList<IPAddress> addresses;
        try
        {
            addresses = host.Address is { } literal ? [literal] : await session.Names.ResolveAsync(host.Name);
        }
        catch (AuditUnavailableException)
        {
            return judgement with { Decision = Decision.Deny(ReasonCode.AuditUnavailable, rule.Rule) };
        }

        var own = hostAddresses.Current;
        judgement = judgement with { Decision = JudgeAddresses(rule, addresses, own) };
        judgement = judgement with { Addresses = judgement.IsAllowed ? addresses : [] };
        session.Allowed.Keep(judgement, addresses, own);
        return judgement;
    }

    /// <summary>The policy that is in force now comes first: it may have changed while the operator was asked.</summary>
    private static Judgement Heard(Profile profile, Judgement held, CanonicalHost host, HostAnswer answer)
    {
        var decision = EgressPolicy.Decide(profile, host, held.Ask.Port);
        var heard = held with { Decision = decision, Rule = EgressPolicy.RuleOf(profile, decision), Asked = answer.Word, Under = profile };
        if (decision.IsAllowed || !HostQuestions.IsAsked(profile))
        {
            return heard;
        }

        var grant = HostQuestions.Grant(host, held.Ask.Port, held.Subject);
        return answer.Reason is { } reason ? heard with { Decision = Decision.Deny(reason) } : heard with { Decision = Decision.Allow(grant.Rule), Rule = grant };
    }

    private static Decision JudgeAddresses(EgressRule rule, IReadOnlyList<IPAddress> addresses, IReadOnlyCollection<IPAddress> own)
    {
        if (addresses.Count == 0)
        {
            return Decision.Deny(ReasonCode.NameNotResolved, rule.Rule);
        }

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
