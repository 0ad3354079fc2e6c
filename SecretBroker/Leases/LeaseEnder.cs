using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Ends what was drawn from a secret of the embedded store that has a new value or none.</summary>
internal sealed class LeaseEnder(SessionRegistry sessions, AuditLog audit)
{
    /// <summary>How many leases ended; on record for each session.</summary>
    public async Task<int> EndAsync(string stored, string why)
    {
        var count = 0;
        foreach (var session in sessions.All)
        {
            var names = session.Profile.Secrets.Where(grant => grant.Source is SecretSource.Embedded source && source.Name == stored).Select(grant => grant.Name).ToHashSet(StringComparer.Ordinal);
            if (names.Count == 0 || session.State.Get<SessionLeases>()?.RemoveOf(names) is not (> 0 and var ended))
            {
                continue;
            }

            count += ended;
            SecretBrokerTelemetry.RevokedLeases(ended);
            await audit.AppendDurableAsync(new AuditEntry("leases.revoked", AuditPlanes.Secrets)
            {
                Session = session.Id, Facts = [AuditFact.Of("count", ended), AuditFact.Of("why", why)],
            });
        }

        return count;
    }
}
