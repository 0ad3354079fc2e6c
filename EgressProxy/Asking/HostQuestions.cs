using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Asking;

/// <param name="Word">For the record: <c>once</c>, <c>session</c>, <c>denied</c>, <c>timed_out</c>, <c>too_many</c>, <c>policy</c>, <c>closed</c>.</param>
/// <param name="Reason">Why it is refused; null when the operator lets it through.</param>
internal sealed record HostAnswer(string Word, ReasonCode? Reason)
{
    /// <summary>Kept until the session ends.</summary>
    public bool IsLasting => Word is "session" or "denied";
}

/// <summary>
/// With <c>ask: [egress]</c> a destination that no rule names is held: until the operator answers, until the policy that is in force meanwhile decides,
/// or until its time is over, which denies. Its name is not looked up before that.
/// </summary>
internal sealed class HostQuestions(
    SessionQuestions questions, HostAddresses hostAddresses, EgressRecord record, IOptions<EgressProxyOptions> options)
{
    /// <summary>Stands for the rule where the operator's word is one.</summary>
    public const string RulePath = "ask";

    /// <summary>The operator's word as a rule: this host, this port, no private address, nothing added.</summary>
    public static EgressRule Grant(CanonicalHost host, int port, string subject) => new(host.Name, [port], null, null, AllowPrivate: false, new RuleRef(RulePath, subject, 0));

    /// <summary>Null when there is nothing to ask: the profile does not say so, or no answer could open the address.</summary>
    public async Task<HostAnswer?> AskAsync(EgressSession session, Judgement refused)
    {
        var (host, port) = (refused.Host!, refused.Ask.Port);
        if (!IsAsked(session.Profile) || port is < 1 or > 65535
            || (host.Address is { } address && !AddressPolicy.Decide(Grant(host, port, refused.Subject), address, hostAddresses.Current).IsAllowed))
        {
            return null;
        }

        return await session.Asked.AskAsync(refused.Subject, () => HoldAsync(session, refused));
    }

    public static bool IsAsked(Profile profile) => profile.Ask.Contains(AuditPlanes.Egress, StringComparer.Ordinal);

    private async Task<HostAnswer> HoldAsync(EgressSession session, Judgement refused)
    {
        record.Event("egress.asked", session.Id, refused, AuditFact.Of("via", refused.Ask.Via), AuditFact.Of("method", refused.Ask.Method));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(session.Context.Closed);
        var answer = questions.AskAsync(session.Context, new OperatorQuestion(AuditPlanes.Egress, refused.Subject), options.Value.AskTimeout, over.Token);
        while (!answer.IsCompleted)
        {
            var changed = session.Asked.Changed;
            if (session.Context.IsFrozen || !IsAsked(session.Profile) || EgressPolicy.Decide(session.Profile, refused.Host!, refused.Ask.Port).IsAllowed)
            {
                await over.CancelAsync();
                await answer;
                return new HostAnswer("policy", session.Context.IsFrozen ? ReasonCode.SessionFrozen : ReasonCode.NoRule);
            }

            await Task.WhenAny(answer, changed);
        }

        return await answer switch
        {
            QuestionOutcome.Once => new HostAnswer("once", null),
            QuestionOutcome.Session => new HostAnswer("session", null),
            QuestionOutcome.Denied => new HostAnswer("denied", ReasonCode.DeniedByOperator),
            QuestionOutcome.TimedOut => new HostAnswer("timed_out", ReasonCode.AskTimedOut),
            _ => new HostAnswer("closed", ReasonCode.SessionClosed),
        };
    }
}
