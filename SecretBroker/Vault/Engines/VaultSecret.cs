using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>What an engine gave.</summary>
/// <param name="Version">Of versioned secrets, else 0.</param>
/// <param name="LeaseId">Null for what needs no giving back.</param>
internal sealed record VaultSecret(SecretFields Fields, long Version, string? LeaseId, TimeSpan Duration, bool IsRenewable) : IDisposable
{
    public void Dispose() => Fields.Dispose();
}
