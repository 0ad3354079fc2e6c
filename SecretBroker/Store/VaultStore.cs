using SecureAgent.Policy.Document;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;

namespace SecureAgent.SecretBroker.Store;

/// <summary>Vault or OpenBao: what is mounted decides how an address is read. Values are never cached, so that a new version is served at once.</summary>
internal sealed class VaultStore(MountKinds mounts, KeyValueEngine keyValue, DynamicEngine dynamic, LeaseIntents intents, StoreLeases leases) : ISecretStore
{
    public string Kind => "vault";

    public async ValueTask<StoredSecret?> ReadAsync(SecretSource source, CancellationToken cancellationToken)
    {
        if (source is not SecretSource.Vault address)
        {
            throw new SecretStoreException("the policy names the embedded store, and vault was asked");
        }

        try
        {
            using var secret = await ReadAsync(address, cancellationToken);
            var value = secret?.Fields.Take(address.Field);
            if (value is not null)
            {
                return new StoredSecret(value, secret!.Version, secret.LeaseId is { } id ? new StoreLease(id, secret.Duration, secret.IsRenewable) : null);
            }

            if (secret?.LeaseId is { } unused)
            {
                await leases.EndAsync(unused);
            }

            return null;
        }
        catch (VaultException error)
        {
            throw new SecretStoreException(error.Message, error);
        }
    }

    private async Task<VaultSecret?> ReadAsync(SecretSource.Vault address, CancellationToken cancellationToken) =>
        await mounts.OfAsync(address.Mount, cancellationToken) switch
        {
            MountKind.KeyValueVersioned => await keyValue.ReadVersionedAsync(address.Mount, address.Path, cancellationToken),
            MountKind.KeyValue => await keyValue.ReadAsync(address.Mount, address.Path, cancellationToken),
            MountKind.Database => await intents.AskAsync($"{address.Mount}/{address.Path}", () => dynamic.DatabaseUserAsync(address.Mount, address.Path, CancellationToken.None)),
            _ => throw new SecretStoreException($"vault mount '{address.Mount}' is of a kind that gives no credentials; use kv or database"),
        };
}
