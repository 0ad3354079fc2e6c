using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Store;

/// <summary>
/// The store that needs no server: one encrypted file in the data directory, its key beside it, both for this user only. Sealed values are held
/// in memory and opened for one read at a time.
/// </summary>
internal sealed class EmbeddedStore : ISecretStore, IDisposable
{
    private const string FileName = "store.json";
    private const string KeyName = "store.key";

    private readonly Lock gate = new();
    private readonly string path;
    private readonly SecretValue key;
    private readonly SecretBrokerOptions options;
    private readonly TimeProvider time;
    private Dictionary<string, SealedSecret> secrets;

    private EmbeddedStore(string path, SecretValue key, Dictionary<string, SealedSecret> secrets, SecretBrokerOptions options, TimeProvider time) =>
        (this.path, this.key, this.secrets, this.options, this.time) = (path, key, secrets, options, time);

    public string Kind => "embedded";

    /// <summary>Throws <see cref="ServiceDefaults.Hosting.StartupException"/> when the files are damaged, missing in part, or open to others.</summary>
    public static EmbeddedStore Open(string directory, SecretBrokerOptions options, TimeProvider time)
    {
        StoreFiles.RequireDirectory(directory);
        var path = Path.Combine(directory, FileName);
        var keyPath = Path.Combine(directory, KeyName);
        var content = StoreFiles.Read(path);
        // A key is made only where there is nothing it should open.
        var key = content is null && !File.Exists(keyPath) ? StoreKey.Create(keyPath) : StoreKey.Load(keyPath);
        return new EmbeddedStore(path, key, content is null ? [] : StoreDocument.Load(path, content, key), options, time);
    }

    public ValueTask<StoredSecret?> ReadAsync(SecretSource source, CancellationToken cancellationToken)
    {
        if (source is not SecretSource.Embedded embedded)
        {
            throw new SecretStoreException("the policy names a vault address, and this server runs with the embedded store");
        }

        lock (gate)
        {
            return ValueTask.FromResult(
                secrets.TryGetValue(embedded.Name, out var secret) ? new StoredSecret(secret.Open(key), secret.Version) : null);
        }
    }

    /// <summary>Null when the value was stored; else what is wrong with it.</summary>
    public string? Refuse(string name, int length)
    {
        if (!SecretName.IsValid(name))
        {
            return $"a secret's name is {SecretName.Rule}";
        }

        if (length < 1 || length > options.MaxSecretBytes)
        {
            return $"a secret has 1 to {options.MaxSecretBytes} bytes";
        }

        lock (gate)
        {
            return secrets.Count >= options.MaxSecrets && !secrets.ContainsKey(name) ? $"the store holds at most {options.MaxSecrets} secrets" : null;
        }
    }

    /// <summary>On disk when it returns. The new version, 1 for a new name.</summary>
    public long Set(string name, ReadOnlySpan<byte> value)
    {
        lock (gate)
        {
            var version = secrets.TryGetValue(name, out var old) ? old.Version + 1 : 1;
            Save(new(secrets, StringComparer.Ordinal) { [name] = SealedSecret.Seal(key.Bytes, name, version, time.GetUtcNow().ToUnixTimeMilliseconds(), value) });
            return version;
        }
    }

    public bool Remove(string name)
    {
        lock (gate)
        {
            var next = new Dictionary<string, SealedSecret>(secrets, StringComparer.Ordinal);
            if (!next.Remove(name))
            {
                return false;
            }

            Save(next);
            return true;
        }
    }

    public IReadOnlyList<SealedSecret> List()
    {
        lock (gate)
        {
            return [.. secrets.Values.OrderBy(secret => secret.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => key.Dispose();

    /// <summary>Disk first: what was not saved is not served.</summary>
    private void Save(Dictionary<string, SealedSecret> next)
    {
        var ordered = next.Values.OrderBy(secret => secret.Name, StringComparer.Ordinal);
        StoreFiles.Replace(path, new StoreDocument(StoreDocument.CurrentFormat, [.. ordered]).ToBytes());
        secrets = next;
    }
}
