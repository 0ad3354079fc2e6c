using Microsoft.Extensions.Options;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;
using SecureAgent.SecretBroker.Honeypots;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Sessions as the broker knows them: a profile to decide by and the leases given under it. A sandbox has a route here only where its profile asks for one.</summary>
internal sealed class BrokerSessions(
    IOptions<SecretBrokerOptions> options, SecretStores stores, LeaseEnder ender, TimeProvider time) : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        RequireStores(session.Profile);
        session.State.Set(SecretDecoys.For(session.Profile));
        session.State.Set(new DrawRate(options.Value.MaxDrawsPerSecondPerSession, time));
        session.State.Set(new SessionLeases(options.Value.MaxLiveLeasesPerSession, time));
        return ValueTask.CompletedTask;
    }

    public bool HasSocket(SessionContext session) => SecretDoor.IsAsked(session.Profile);

    public void CheckChange(SessionContext session, Profile wanted) => RequireStores(wanted);

    public async ValueTask ChangeAsync(SessionContext session, Profile former, CancellationToken cancellationToken)
    {
        session.State.Set(SecretDecoys.For(session.Profile));
        await ender.EndAsync(session, grant => !SecretPolicy.Grants(session.Profile, grant), former, "policy_changed");
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken) => new(ender.EndAllAsync(session, reason));

    public ValueTask FreezeAsync(SessionContext session, CancellationToken cancellationToken) => new(ender.EndAllAsync(session, "frozen"));

    public ValueTask ThawAsync(SessionContext session, CancellationToken cancellationToken)
    {
        session.State.Get<SessionLeases>()?.Resume();
        return ValueTask.CompletedTask;
    }

    private void RequireStores(Profile profile)
    {
        if (!stores.HasVault && profile.Secrets.FirstOrDefault(grant => grant.Source is SecretSource.Vault) is { } grant)
        {
            throw new SessionRefusedException($"{grant.Rule.Path}.vault: this server was started without a vault; set VAULT_ADDR, or use embedded:");
        }
    }
}
