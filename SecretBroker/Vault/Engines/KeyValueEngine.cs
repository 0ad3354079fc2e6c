using System.Text.Json;
using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>KV version 1 and 2. Null when nothing is there, or its newest version was deleted or destroyed.</summary>
internal sealed class KeyValueEngine(VaultClient vault)
{
    /// <summary>A version 1 mount states a duration and no lease: there is nothing to renew or revoke.</summary>
    public async Task<VaultSecret?> ReadAsync(string mount, string path, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await vault.GetAsync(VaultPath.Of(mount, path), isRepeatable: true, VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken);
            return answer.Data is { } fields ? new VaultSecret(fields, 0, null, TimeSpan.Zero, false) : null;
        }
        catch (VaultException error) when (error.Error is VaultError.NotFound)
        {
            return null;
        }
    }

    /// <summary>A deleted version is a 404 with a full body; what the body says about its deletion time is not asked: live secrets may have one ahead.</summary>
    public async Task<VaultSecret?> ReadVersionedAsync(string mount, string path, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await vault.GetAsync(VaultPath.Of(mount, "data", path), isRepeatable: true, VaultJson.Default.VaultEnvelopeVersionedSecret, cancellationToken);
            return answer.Data is { Data: { } fields } secret ? new VaultSecret(fields, secret.Metadata?.Version ?? 0, null, TimeSpan.Zero, false) : null;
        }
        catch (VaultException error) when (error.Error is VaultError.NotFound)
        {
            return null;
        }
    }
}
