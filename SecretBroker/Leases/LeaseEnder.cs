using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Ends leases before their time, at the store too; on record for each session.</summary>
internal sealed class LeaseEnder(SessionRegistry sessions, AuditLog audit, StoreLeases? atStore = null)
{
    /// <summary>What was drawn from a secret of the embedded store that has a new value or none; how many leases.</summary>
    public async Task<int> EndAsync(string stored, string why)
    {
        var count = 0;
        foreach (var session in sessions.All)
        {
            count += await EndAsync(session, grant => grant.Source is SecretSource.Embedded source && source.Name == stored, session.Profile, why);
        }

        return count;
    }

    /// <summary>What was drawn under the grants of a profile that are meant; how many leases.</summary>
    public async Task<int> EndAsync(SessionContext session, Func<SecretGrant, bool> isMeant, Profile profile, string why)
    {
        var names = profile.Secrets.Where(isMeant).Select(grant => grant.Name).ToHashSet(StringComparer.Ordinal);
        return names.Count > 0 && session.State.Get<SessionLeases>() is { } leases ? await RecordAsync(session, leases.RemoveOf(names), [], why) : 0;
    }

    /// <summary>Every lease of the session, and its right to new ones.</summary>
    public async Task EndAllAsync(SessionContext session, string why)
    {
        var (live, expired) = session.State.Get<SessionLeases>()?.End() ?? ([], []);
        await RecordAsync(session, live, expired, why);
    }

    private async Task<int> RecordAsync(SessionContext session, IReadOnlyList<LiveLease> live, IReadOnlyList<LiveLease> expired, string why)
    {
        if (atStore is not null)
        {
            await atStore.RevokeAsync([.. live, .. expired]);
        }

        if (live.Count > 0)
        {
            SecretBrokerTelemetry.RevokedLeases(live.Count);
            await audit.AppendDurableAsync(new AuditEntry("leases.revoked", AuditPlanes.Secrets)
            {
                Session = session.Id, Facts = [AuditFact.Of("count", live.Count), AuditFact.Of("why", why)],
            });
        }

        return live.Count;
    }
}
