using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>A decoy host was asked for: the session is frozen, the alarm is on disk, and no name was resolved.</summary>
internal sealed class DecoyAlarm(SessionAlarms alarms, ILogger<DecoyAlarm> log)
{
    /// <returns>What the client would be told if its connection still stood.</returns>
    public async Task<Judgement> TripAsync(EgressSession session, Judgement touched)
    {
        try
        {
            await alarms.TripAsync(
                session.Context, AuditPlanes.Egress, touched.Subject, ReasonCode.HoneypotTouched,
                AuditFact.Of("via", touched.Ask.Via), AuditFact.Of("method", touched.Ask.Method));
            return touched;
        }
        catch (AuditUnavailableException error)
        {
            // Frozen all the same; only the record is missing.
            log.NotRecorded(error);
            return touched.Refuse(ReasonCode.AuditUnavailable);
        }
    }
}
