using Microsoft.Extensions.Options;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;
using SecureAgent.SecretBroker.Honeypots;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Sessions as the broker knows them: a profile to decide by and the leases given under it. A sandbox has a route here only where its profile asks for one.</summary>
internal sealed class BrokerSessions(
    IOptions<SecretBrokerOptions> options, SecretStores stores, AuditLog audit, TimeProvider time, StoreLeases? store = null) : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        if (!stores.HasVault && session.Profile.Secrets.FirstOrDefault(grant => grant.Source is SecretSource.Vault) is { } grant)
        {
            throw new SessionRefusedException($"{grant.Rule.Path}.vault: this server was started without a vault; set VAULT_ADDR, or use embedded:");
        }

        session.State.Set(SecretDecoys.For(session.Profile));
        session.State.Set(new DrawRate(options.Value.MaxDrawsPerSecondPerSession, time));
        session.State.Set(new SessionLeases(options.Value.MaxLiveLeasesPerSession, time));
        return ValueTask.CompletedTask;
    }

    public bool HasSocket(SessionContext session) => SecretDoor.IsAsked(session.Profile);

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken) => RevokeAllAsync(session, reason);

    public ValueTask FreezeAsync(SessionContext session, CancellationToken cancellationToken) => RevokeAllAsync(session, "frozen");

    public ValueTask ThawAsync(SessionContext session, CancellationToken cancellationToken)
    {
        session.State.Get<SessionLeases>()?.Resume();
        return ValueTask.CompletedTask;
    }

    private async ValueTask RevokeAllAsync(SessionContext session, string reason)
    {
        var (ended, expired) = session.State.Get<SessionLeases>()?.End() ?? ([], []);
        if (store is not null)
        {
            await store.RevokeAsync([.. ended, .. expired]);
        }

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
