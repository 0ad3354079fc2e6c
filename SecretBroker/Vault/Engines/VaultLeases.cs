using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>Leases at the store (<c>sys/leases/*</c>, which both Vault and OpenBao have).</summary>
internal sealed class VaultLeases(VaultClient vault)
{
    /// <summary>The life the store gave, which may be less than asked; null when the lease is gone or takes no renewal.</summary>
    public async Task<TimeSpan?> RenewAsync(string leaseId, TimeSpan wanted, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await vault.PostAsync(
                "sys/leases/renew", new LeaseBody(leaseId, (long)wanted.TotalSeconds), VaultJson.Default.LeaseBody, VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken);
            return TimeSpan.FromSeconds(answer.LeaseDuration);
        }
        catch (VaultException error) when (error.Error is VaultError.Rejected)
        {
            return null;
        }
    }

    /// <summary>Revoked when it returns, where the store would else only note it down. One that is gone already is no error.</summary>
    public async Task RevokeAsync(string leaseId, CancellationToken cancellationToken)
    {
        try
        {
            await vault.PutAsync("sys/leases/revoke", new LeaseBody(leaseId, null, Sync: true), VaultJson.Default.LeaseBody, cancellationToken);
        }
        catch (VaultException error) when (error.Error is VaultError.Rejected)
        {
            // Gone: the id came from the store itself, so nothing else can be wrong with it.
        }
    }

    /// <summary>Revokes every lease below a path; needs a token that may do so for this path alone.</summary>
    public Task RevokeBelowAsync(string path, CancellationToken cancellationToken) =>
        vault.PutAsync(VaultPath.Of("sys/leases/revoke-prefix", path), new EmptyBody(), VaultJson.Default.EmptyBody, cancellationToken);
}
