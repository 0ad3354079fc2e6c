using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Auth;

/// <summary>A token of the broker and what the store said about its life.</summary>
/// <param name="Lifetime">Zero for a token that does not expire.</param>
internal sealed record VaultToken(SecretValue Value, TimeSpan Lifetime, bool IsRenewable, DateTimeOffset ExpiresAt) : IDisposable
{
    public void Dispose() => Value.Dispose();
}
