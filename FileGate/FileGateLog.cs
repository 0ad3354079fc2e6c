namespace SecureAgent.FileGate;

internal static partial class FileGateLog
{
    [LoggerMessage(1, LogLevel.Error, "Session {Session}: the audit log cannot be written; access is denied until it can")]
    public static partial void AuditUnavailable(this ILogger log, Exception error, string session);
}
