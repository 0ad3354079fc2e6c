using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Honeypots;

/// <summary>A decoy was read: the session is frozen, the alarm is on disk, and nothing of the decoy has left.</summary>
internal sealed class Tripwire(SessionAlarms alarms, FileGateTelemetry telemetry, ILogger<Tripwire> log)
{
    /// <returns>What the client would be told if its connection still stood.</returns>
    public async Task<Refusal> TouchedAsync(FileSession session, string operation, string path)
    {
        var decision = Decision.Deny(ReasonCode.HoneypotTouched, Honeyfiles.Rule);
        try
        {
            await alarms.TripAsync(session.Context, AuditPlanes.Files, path, ReasonCode.HoneypotTouched, AuditFact.Of("op", operation));
        }
        catch (AuditUnavailableException error)
        {
            // Frozen all the same; only the record is missing, and every other decision is refused for the same reason.
            log.AuditUnavailable(error, session.Context.Id);
        }

        telemetry.Decided(operation, decision);
        return Refusal.Of(session, path, decision);
    }
}
