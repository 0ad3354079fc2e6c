namespace SecureAgent.EgressProxy;

internal static partial class EgressProxyLog
{
    [LoggerMessage(1, LogLevel.Information, "Session {Session}: {Via} {Subject} refused: {Reason}")]
    public static partial void Refused(this ILogger log, string session, string via, string subject, string reason);

    [LoggerMessage(2, LogLevel.Error, "A decision could not be recorded; what it was about is refused")]
    public static partial void NotRecorded(this ILogger log, Exception error);

    [LoggerMessage(3, LogLevel.Error, "The event {Kind} could not be recorded")]
    public static partial void EventNotRecorded(this ILogger log, Exception error, string kind);

    [LoggerMessage(4, LogLevel.Warning, "Session {Session}: {Subject} is allowed but unreachable: {Why}")]
    public static partial void Unreachable(this ILogger log, string session, string subject, string why);

    [LoggerMessage(5, LogLevel.Warning, "Session {Session}: no credential for {Subject}: {Why}")]
    public static partial void NoCredential(this ILogger log, string session, string subject, string why);

    [LoggerMessage(6, LogLevel.Information, "Session {Session}: refused over SOCKS: {Message}")]
    public static partial void SocksRefused(this ILogger log, string session, string message);
}
