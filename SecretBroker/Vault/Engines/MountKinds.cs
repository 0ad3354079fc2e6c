using System.Collections.Concurrent;
using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Engines;

internal enum MountKind
{
    Unsupported = 0,
    KeyValue,
    KeyValueVersioned,
    Database,
}

/// <summary>What is mounted where, asked once a mount: any token that may use a path of a mount may ask this.</summary>
internal sealed class MountKinds(VaultClient vault)
{
    private readonly ConcurrentDictionary<string, MountKind> known = new(StringComparer.Ordinal);

    public async Task<MountKind> OfAsync(string mount, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(mount, out var kind))
        {
            return kind;
        }

        var answer = await vault.GetAsync(VaultPath.Of("sys/internal/ui/mounts", mount), isRepeatable: true, VaultJson.Default.VaultEnvelopeMountFacts, cancellationToken);
        return known[mount] = (answer.Data?.Type, answer.Data?.Options?.GetValueOrDefault("version")) switch
        {
            ("kv", "2") => MountKind.KeyValueVersioned,
            ("kv" or "generic", _) => MountKind.KeyValue,
            ("database", _) => MountKind.Database,
            _ => MountKind.Unsupported,
        };
    }
}
