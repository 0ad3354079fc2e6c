using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Sessions;

internal sealed class EgressSessions(INameResolver resolver, UpstreamRoots roots, AuditLog audit, IOptions<EgressProxyOptions> options, TimeProvider time) : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        var authority = session.Profile.Egress.Any(rule => rule.Inspect is not null) ? new SessionAuthority(session.Id, time) : null;
        session.Authority = authority?.Pem;
        session.State.Set(new EgressSession(
            session, new NamePins(session.Id, resolver, audit, options.Value, time), new WildcardNames(options.Value, time), UpstreamHandler.Create(options.Value, roots, time), authority));
        return ValueTask.CompletedTask;
    }

    public ValueTask ChangeAsync(SessionContext session, Profile former, CancellationToken cancellationToken)
    {
        session.Egress().Flows.Recheck(session.Profile);
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        session.State.Get<EgressSession>()?.Dispose();
        return ValueTask.CompletedTask;
    }
}

internal static class EgressSessionExtensions
{
    public static EgressSession Egress(this SessionContext session) =>
        session.State.Get<EgressSession>() ?? throw new InvalidOperationException("The session was not opened here.");
}
