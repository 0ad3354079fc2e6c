using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace SecureAgent.Testing.Vault;

/// <summary>What the fake store holds; tests read and bend it.</summary>
public sealed class FakeVaultState
{
    public const string DefaultRootToken = "root";

    private string rootToken = DefaultRootToken;

    public string RootToken
    {
        get => rootToken;
        set
        {
            Tokens.TryRemove(rootToken, out _);
            Tokens[rootToken = value] = new FakeToken(["root"], 0, false);
        }
    }

    public bool Sealed { get; set; }

    public bool Standby { get; set; }

    /// <summary>When set, every request must carry it.</summary>
    public string Namespace { get; set; } = "";

    public ConcurrentDictionary<string, FakeToken> Tokens { get; } = new() { [DefaultRootToken] = new FakeToken(["root"], 0, false) };

    /// <summary>Credentials that are alive, by lease.</summary>
    public ConcurrentDictionary<string, string> Leases { get; } = new();

    public ConcurrentDictionary<string, (string Type, string? Version)> Mounts { get; } = new()
    {
        ["secret"] = ("kv", "2"), ["old"] = ("kv", "1"), ["database"] = ("database", null), ["transit"] = ("transit", null), ["pki"] = ("pki", null),
    };

    /// <summary>By full path; null data is a version that was deleted.</summary>
    public ConcurrentDictionary<string, (JsonObject? Data, long Version)> Secrets { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Wrapped { get; } = new();

    /// <summary>By name, as text.</summary>
    public ConcurrentDictionary<string, string> Policies { get; } = new();

    /// <summary>AppRole roles and their policies.</summary>
    public ConcurrentDictionary<string, string[]> Roles { get; } = new();

    public ConcurrentDictionary<string, bool> AuthMethods { get; } = new() { ["token"] = true };

    public ConcurrentDictionary<string, string> AuditDevices { get; } = new();

    public bool TakesAuditDevices { get; set; } = true;

    /// <summary>A store whose tokens may do more than their policies say.</summary>
    public bool IgnoresPolicies { get; set; }

    public string StorageType { get; set; } = "inmem";

    public long LeaseSeconds { get; set; } = 3600;

    /// <summary>What renewing gives at most.</summary>
    public long MaxRenewSeconds { get; set; } = 3600;

    public void Put(string path, JsonObject data) =>
        Secrets.AddOrUpdate(path, (data, 1), (_, former) => (data, former.Version + 1));

    public void Delete(string path) => Secrets[path] = (null, Secrets[path].Version);
}

public sealed record FakeToken(string[] Policies, long Seconds, bool Renewable);
