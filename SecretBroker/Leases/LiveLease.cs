namespace SecureAgent.SecretBroker.Leases;

/// <summary>A lease that was given and has not ended. It holds no value.</summary>
internal sealed record LiveLease(string Id, string SessionId, string Caller, string Name, DateTimeOffset ExpiresAt);
