using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Reports;

/// <summary>The summary of a session, computed from what every component put on record about it; nothing is counted twice in memory.</summary>
internal sealed class SessionReporter(ComponentContext component)
{
    /// <param name="unrecorded">Why the end itself is not on record; null when it is.</param>
    public Summary Summarise(AgentSession session, string reason, int code, TimeSpan took, string? unrecorded)
    {
        var summary = new Summary
        {
            SessionId = session.Identity.Id, ExitCode = code, EndReason = reason, DurationMs = (long)took.TotalMilliseconds, Driver = session.Plan.Driver.Words,
        };
        summary.Degraded.AddRange(session.Plan.Degraded.Select(layer => layer.Name));
        try
        {
            var records = AuditReader.ReadSession(component.AuditRoot, session.Identity.Before, session.Identity.Id);
            SessionCounts.Fill(summary, records);
            summary.Denials.AddRange(SessionDenials.From(records, session.Plan.Profile));
            summary.Alarms.AddRange(SessionDenials.Alarms(records));
            var verification = AuditVerifier.Verify(component.AuditRoot, session.Identity.Before);
            summary.AuditVerified = verification.IsValid && unrecorded is null;
            summary.AuditError = unrecorded ?? (verification.IsValid ? "" : verification.Faults[0].ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or System.Text.Json.JsonException)
        {
            summary.AuditVerified = false;
            summary.AuditError = $"the audit log cannot be read: {failure.Message}";
        }

        return summary;
    }
}
