using Microsoft.Extensions.Options;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Sessions as the broker knows them: a profile to decide by and the leases given under it. There is no socket: a sandbox has no route here.</summary>
internal sealed class BrokerSessions(IOptions<SecretBrokerOptions> options, AuditLog audit, TimeProvider time) : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        session.State.Set(new SessionLeases(options.Value.MaxLiveLeasesPerSession, time));
        return ValueTask.CompletedTask;
    }

    public async ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        var ended = session.State.Get<SessionLeases>()?.End() ?? [];
        if (ended.Count == 0)
        {
            return;
        }

        SecretBrokerTelemetry.RevokedLeases(ended.Count);
        await audit.AppendDurableAsync(new AuditEntry("leases.revoked", AuditPlanes.Secrets)
        {
            Session = session.Id,
            Facts = [AuditFact.Of("count", ended.Count), AuditFact.Of("why", reason)],
        });
    }
}
