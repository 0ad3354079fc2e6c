namespace SecureAgent.SecretBroker;

/// <summary>Names and reasons only: no value, and nothing derived from one, is ever logged.</summary>
internal static partial class SecretBrokerLog
{
    [LoggerMessage(1, LogLevel.Information, "Secret store '{Store}' opened with {Count} secrets")]
    public static partial void StoreOpened(this ILogger log, string store, int count);

    [LoggerMessage(2, LogLevel.Information, "Secret {Name} set to version {Version}")]
    public static partial void SecretSet(this ILogger log, string name, long version);

    [LoggerMessage(3, LogLevel.Information, "Secret {Name} removed")]
    public static partial void SecretRemoved(this ILogger log, string name);

    [LoggerMessage(4, LogLevel.Warning, "Session {Session}: {Caller} was refused secret {Name}: {Reason}")]
    public static partial void LeaseRefused(this ILogger log, string session, string caller, string name, string reason);

    [LoggerMessage(5, LogLevel.Error, "The secret store failed")]
    public static partial void StoreFailed(this ILogger log, Exception error);

    [LoggerMessage(6, LogLevel.Warning, "Session {Session}: {Caller} asked for the decoy {Name}; the session is frozen")]
    public static partial void DecoyAsked(this ILogger log, string session, string caller, string name);
}
