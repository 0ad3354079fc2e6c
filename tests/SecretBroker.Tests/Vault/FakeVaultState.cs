using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>What the fake store holds; tests read and bend it.</summary>
internal sealed class FakeVaultState
{
    public const string RootToken = "root";

    public bool Sealed { get; set; }

    public bool Standby { get; set; }

    /// <summary>When set, every request must carry it.</summary>
    public string Namespace { get; set; } = "";

    public ConcurrentDictionary<string, FakeToken> Tokens { get; } = new() { [RootToken] = new FakeToken(["root"], 0, false) };

    /// <summary>Credentials that are alive, by lease.</summary>
    public ConcurrentDictionary<string, string> Leases { get; } = new();

    public ConcurrentDictionary<string, (string Type, string? Version)> Mounts { get; } = new()
    {
        ["secret"] = ("kv", "2"), ["old"] = ("kv", "1"), ["database"] = ("database", null), ["transit"] = ("transit", null), ["pki"] = ("pki", null),
    };

    /// <summary>By full path; null data is a version that was deleted.</summary>
    public ConcurrentDictionary<string, (JsonObject? Data, long Version)> Secrets { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Wrapped { get; } = new();

    public long LeaseSeconds { get; set; } = 3600;

    /// <summary>What renewing gives at most.</summary>
    public long MaxRenewSeconds { get; set; } = 3600;

    public void Put(string path, JsonObject data) =>
        Secrets.AddOrUpdate(path, (data, 1), (_, former) => (data, former.Version + 1));

    public void Delete(string path) => Secrets[path] = (null, Secrets[path].Version);
}

internal sealed record FakeToken(string[] Policies, long Seconds, bool Renewable);
