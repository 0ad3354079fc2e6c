using SecureAgent.Policy.Document;

namespace SecureAgent.SecretBroker.Store;

/// <summary>The store a source names: the embedded one always, Vault where the server was given one.</summary>
internal sealed class SecretStores(EmbeddedStore embedded, VaultStore? vault = null) : ISecretStore
{
    public string Kind => vault is null ? embedded.Kind : $"{embedded.Kind}+{vault.Kind}";

    public bool HasVault => vault is not null;

    public ValueTask<StoredSecret?> ReadAsync(SecretSource source, CancellationToken cancellationToken) => source switch
    {
        SecretSource.Embedded => embedded.ReadAsync(source, cancellationToken),
        SecretSource.Vault when vault is not null => vault.ReadAsync(source, cancellationToken),
        _ => throw new SecretStoreException("the policy names a vault address, and this server was started without one; set VAULT_ADDR"),
    };
}
