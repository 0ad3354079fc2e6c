using SecureAgent.SecretBroker.Store;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>A lease that was given and has not ended. It holds no value.</summary>
/// <param name="Store">What lives at the store as long as this; null for none.</param>
/// <param name="StoreEndsAt">When the store ends it unless it is renewed.</param>
internal sealed record LiveLease(
    string Id, string SessionId, string Caller, string Name, DateTimeOffset ExpiresAt, StoreLease? Store = null, DateTimeOffset StoreEndsAt = default);
