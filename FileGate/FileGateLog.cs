namespace SecureAgent.FileGate;

internal static partial class FileGateLog
{
    [LoggerMessage(1, LogLevel.Error, "Session {Session}: the audit log cannot be written; access is denied until it can")]
    public static partial void AuditUnavailable(this ILogger log, Exception error, string session);

    [LoggerMessage(2, LogLevel.Error, "Change set {Set}: an apply that a crash interrupted can be neither undone nor finished; nothing of it is applied until it can")]
    public static partial void ApplyUnfinished(this ILogger log, Exception error, string set);
}
