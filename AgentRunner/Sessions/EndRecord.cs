using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary><c>session.ended</c>.</summary>
internal static class EndRecord
{
    /// <summary>Null, or why the end is not on record; the summary then says so.</summary>
    public static string? TryWrite(SessionServices services, SessionIdentity session, string reason, int code, TimeSpan took, long outputBytes)
    {
        try
        {
            services.Audit.Append(new AuditEntry("session.ended", AuditPlanes.Session)
            {
                Session = session.Id,
                Trace = session.TraceId,
                Facts = [AuditFact.Of("reason", reason), AuditFact.Of("exitCode", code), AuditFact.Of("durationMs", (long)took.TotalMilliseconds), AuditFact.Of("outputBytes", outputBytes)],
            });
            return null;
        }
        catch (AuditUnavailableException failure)
        {
            services.Log.AuditUnavailable(failure, session.Id);
            return failure.Message;
        }
    }
}
