using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Store;

/// <summary>Where values come from.</summary>
internal interface ISecretStore
{
    /// <summary>Name of the kind of store, for listings and audit records.</summary>
    string Kind { get; }

    /// <summary>
    /// The current value, or null when nothing is stored there. Throws <see cref="SecretStoreException"/> when the store cannot tell. The caller
    /// disposes the value.
    /// </summary>
    ValueTask<StoredSecret?> ReadAsync(SecretSource source, CancellationToken cancellationToken);
}

/// <param name="Lease">What must be given back to the store; null for none.</param>
internal sealed record StoredSecret(SecretValue Value, long Version, StoreLease? Lease = null) : IDisposable
{
    public void Dispose() => Value.Dispose();
}

/// <summary>A credential the store made for this one request, alive there until it is revoked or runs out.</summary>
internal sealed record StoreLease(string Id, TimeSpan Duration, bool IsRenewable);

/// <summary>The store is not there or not readable. The message names the cause and never holds a value.</summary>
internal sealed class SecretStoreException(string message, Exception? inner = null) : Exception(message, inner);
