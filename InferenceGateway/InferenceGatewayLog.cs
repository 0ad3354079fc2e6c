namespace SecureAgent.InferenceGateway;

internal static partial class InferenceGatewayLog
{
    [LoggerMessage(1, LogLevel.Error, "Session {Session}: the audit log cannot be written; model calls are denied until it can")]
    public static partial void AuditUnavailable(this ILogger log, Exception error, string session);

    [LoggerMessage(2, LogLevel.Warning, "Session {Session}: backend {Backend} failed with {Status}: {Why}")]
    public static partial void BackendFailed(this ILogger log, string session, string backend, int status, string why);
}
