namespace SecureAgent.AgentRunner;

internal static partial class AgentRunnerLog
{
    [LoggerMessage(1, LogLevel.Information, "Sandbox layer {Layer}: {Detail}")]
    public static partial void LayerPresent(this ILogger log, string layer, string detail);

    [LoggerMessage(2, LogLevel.Warning, "Sandbox layer {Layer} is missing; sessions are refused: {Detail}")]
    public static partial void LayerMissing(this ILogger log, string layer, string detail);

    [LoggerMessage(3, LogLevel.Information, "Session {Session} started with profile {Profile}")]
    public static partial void SessionStarted(this ILogger log, string session, string profile);

    [LoggerMessage(4, LogLevel.Information, "Session {Session} ended: {Reason}, exit code {Code}")]
    public static partial void SessionEnded(this ILogger log, string session, string reason, int code);

    [LoggerMessage(5, LogLevel.Warning, "Session refused: {Reason}")]
    public static partial void SessionRefused(this ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Warning, "Gate {Gate} did not close session {Session}: {Reason}. Its own restart closes it")]
    public static partial void GateDidNotClose(this ILogger log, string gate, string session, string reason);

    [LoggerMessage(9, LogLevel.Warning, "Gate {Gate} did not freeze session {Session}: {Reason}. Its own restart closes it")]
    public static partial void GateDidNotFreeze(this ILogger log, string gate, string session, string reason);

    [LoggerMessage(10, LogLevel.Warning, "Gate {Gate} did not thaw session {Session}: {Reason}. Its plane stays denied")]
    public static partial void GateDidNotThaw(this ILogger log, string gate, string session, string reason);

    [LoggerMessage(11, LogLevel.Warning, "Session {Session} is frozen: {Why}")]
    public static partial void SessionFrozen(this ILogger log, string session, string why);

    [LoggerMessage(12, LogLevel.Error, "Session {Session} could not be frozen and is ended")]
    public static partial void FreezeFailed(this ILogger log, Exception error, string session);

    [LoggerMessage(7, LogLevel.Error, "Session {Session}: the audit log cannot be written; the session is ended")]
    public static partial void AuditUnavailable(this ILogger log, Exception error, string session);

    [LoggerMessage(15, LogLevel.Warning, "The pool of sandboxes is not filled: {Why}")]
    public static partial void PoolNotFilled(this ILogger log, string why);

    [LoggerMessage(14, LogLevel.Error, "Session {Session}: its private copy could not be taken back")]
    public static partial void CopyLost(this ILogger log, Exception error, string session);

    [LoggerMessage(8, LogLevel.Error, "Session {Session}: its end could not be completed")]
    public static partial void EndFailed(this ILogger log, Exception error, string session);
}
