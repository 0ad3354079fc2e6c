using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Sessions;

internal sealed class EgressSessions(INameResolver resolver, UpstreamRoots roots, WayOut wayOut, AuditLog audit, EgressRecord record, IOptions<EgressProxyOptions> options, TimeProvider time) : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        var authority = session.Profile.Egress.Any(rule => rule.Inspect is not null) ? new SessionAuthority(session.Id, time) : null;
        session.Authority = authority?.Pem;
        var budget = new SessionBudget(() => session.Profile, time);
        session.State.Set(new EgressSession(
            session, new NamePins(session.Id, resolver, audit, options.Value, time), new WildcardNames(options.Value, time), budget,
            UpstreamHandler.Create(options.Value, roots, budget, (judgement, cancellation) => wayOut.DialAsync(session, judgement, cancellation)), authority));
        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeAsync(SessionContext session, Profile former, CancellationToken cancellationToken)
    {
        session.Egress().Flows.Recheck();
        session.Egress().Asked.Signal();
        return ValueTask.CompletedTask;
    }

    public ValueTask FreezeAsync(SessionContext session, CancellationToken cancellationToken)
    {
        session.State.Get<EgressSession>()?.Asked.Signal();
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        if (session.State.Get<EgressSession>() is { } egress)
        {
            record.Event(
                "egress.used", session.Id, subject: null,
                AuditFact.Of("flows", egress.Budget.Flows), AuditFact.Of("refused", egress.Budget.Refused),
                AuditFact.Of("bytesUp", egress.Budget.BytesUp), AuditFact.Of("bytesDown", egress.Budget.BytesDown));
            egress.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}

internal static class EgressSessionExtensions
{
    public static EgressSession Egress(this SessionContext session) =>
        session.State.Get<EgressSession>() ?? throw new InvalidOperationException("The session was not opened here.");
}
