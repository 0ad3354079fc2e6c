using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SecureAgent.Testing.Vault;

/// <summary>Paths and answers.</summary>
public sealed class FakeVaultApi(FakeVaultState state)
{
    private readonly FakeVaultAdmin admin = new(state);
    private int serial;

    public FakeVaultState State => state;

    public (int Status, JsonObject? Answer) Answer(string method, string path, string token, string space, JsonObject body)
    {
        if (path == "sys/health")
        {
            return (state.Sealed ? 503 : state.Standby ? 429 : 200, new JsonObject { ["initialized"] = true, ["sealed"] = state.Sealed, ["standby"] = state.Standby });
        }

        if (path == "sys/seal-status")
        {
            return (200, new JsonObject { ["sealed"] = state.Sealed, ["storage_type"] = state.StorageType });
        }

        if (state.Sealed)
        {
            return (503, new JsonObject { ["errors"] = new JsonArray("Vault is sealed") });
        }

        if (state.Standby)
        {
            return (307, null);
        }

        if (space != state.Namespace)
        {
            return Errors(404);
        }

        if (path.StartsWith("auth/", StringComparison.Ordinal) && path.EndsWith("/login", StringComparison.Ordinal))
        {
            return Login(path.Split('/')[1], body);
        }

        if (path == "sys/wrapping/unwrap")
        {
            return state.Wrapped.TryRemove(token, out var wrapped) ? (200, Envelope(wrapped, requestId: "")) : Errors(400);
        }

        if (token.Length == 0)
        {
            return Errors(400);
        }

        return state.Tokens.TryGetValue(token, out var known) && admin.Allows(known, method, path) ? Authorised(method, path, token, body) : Errors(403);
    }

    private (int Status, JsonObject? Answer) Authorised(string method, string path, string token, JsonObject body)
    {
        if (admin.Answer(method, path, body) is { } done && (token == state.RootToken || state.IgnoresPolicies))
        {
            return done;
        }

        return path.Split('/') switch
        {
            ["auth", "token", "lookup-self"] => (200, Envelope(Facts(state.Tokens[token]))),
            ["auth", "token", "renew-self"] => state.Tokens[token].Renewable ? (200, Auth(token, Math.Min(state.Tokens[token].Seconds, state.MaxRenewSeconds))) : Errors(400),
            ["sys", "internal", "ui", "mounts", var mount] => state.Mounts.TryGetValue(mount, out var kind)
                ? (200, Envelope(new JsonObject { ["type"] = kind.Type, ["options"] = kind.Version is null ? null : new JsonObject { ["version"] = kind.Version } }))
                : Errors(403),
            ["sys", "leases", "revoke"] => Revoke(body["lease_id"]!.GetValue<string>()),
            ["sys", "leases", "renew"] => Renew(body),
            ["sys", "leases", "revoke-prefix", .. var below] => RevokeBelow(string.Join('/', below)),
            ["transit", "sign", _] => (200, Envelope(new JsonObject { ["signature"] = $"vault:v1:{body["input"]}" })),
            ["transit", "decrypt", _] => (200, Envelope(new JsonObject { ["plaintext"] = body["ciphertext"]!.GetValue<string>()["vault:v1:".Length..] })),
            ["pki", "issue", _] => (200, Envelope(new JsonObject { ["certificate"] = $"-----BEGIN\n{body["common_name"]}", ["private_key"] = "-----BEGIN\nkey \"quoted\"", ["ca_chain"] = new JsonArray("x") })),
            ["database", "creds", var role] when method == "GET" => NewUser(role),
            [var mount, "data", ..] when state.Mounts.GetValueOrDefault(mount) is ("kv", "2") => Versioned(method, path, body),
            ["old", ..] => state.Secrets.TryGetValue(path, out var plain) && plain.Data is { } data ? (200, Envelope(Copy(data), seconds: 2764800)) : Errors(404),
            _ => Errors(403),
        };
    }

    private (int Status, JsonObject? Answer) Login(string mount, JsonObject body)
    {
        var made = mount == "approle" ? admin.Login(body) : null;
        var isRight = made is not null || mount switch
        {
            "approle" => body["role_id"]?.GetValue<string>() == "role-1" && body["secret_id"]?.GetValue<string>() == "secret-1",
            "kubernetes" or "jwt" => body["role"]?.GetValue<string>() == "broker" && body["jwt"]?.GetValue<string>() == "a.b.c",
            _ => false,
        };
        if (!isRight)
        {
            return Errors(400);
        }

        var token = $"s.{Interlocked.Increment(ref serial).ToString(CultureInfo.InvariantCulture)}";
        state.Tokens[token] = new FakeToken(made ?? ["default", "broker"], state.LeaseSeconds, true);
        return (200, Auth(token, state.LeaseSeconds));
    }

    private (int Status, JsonObject? Answer) Versioned(string method, string path, JsonObject body)
    {
        if (method is "POST" or "PUT")
        {
            state.Put(path, Copy(body["data"]!.AsObject()));
            return (200, Envelope(new JsonObject { ["version"] = state.Secrets[path].Version }));
        }

        if (!state.Secrets.TryGetValue(path, out var secret))
        {
            return Errors(404);
        }

        var facts = new JsonObject { ["version"] = secret.Version, ["destroyed"] = false, ["deletion_time"] = secret.Data is null ? "2026-01-01T00:00:00Z" : "2999-01-01T00:00:00Z" };
        return (secret.Data is null ? 404 : 200, Envelope(new JsonObject { ["data"] = secret.Data is null ? null : Copy(secret.Data), ["metadata"] = facts }));
    }

    private (int Status, JsonObject? Answer) NewUser(string role)
    {
        var number = Interlocked.Increment(ref serial);
        var lease = $"database/creds/{role}/{number}";
        state.Leases[lease] = $"user-{number}";
        return (200, Envelope(new JsonObject { ["username"] = $"user-{number}", ["password"] = $"pw-{number}-0123456789" }, lease, state.LeaseSeconds));
    }

    private (int Status, JsonObject? Answer) Revoke(string lease)
    {
        state.Leases.TryRemove(lease, out _);
        return (204, null);
    }

    private (int Status, JsonObject? Answer) RevokeBelow(string prefix)
    {
        foreach (var lease in state.Leases.Keys.Where(lease => lease.StartsWith(prefix + "/", StringComparison.Ordinal)))
        {
            state.Leases.TryRemove(lease, out _);
        }

        return (204, null);
    }

    private (int Status, JsonObject? Answer) Renew(JsonObject body) => state.Leases.ContainsKey(body["lease_id"]!.GetValue<string>())
        ? (200, new JsonObject
        {
            ["request_id"] = "r", ["lease_id"] = body["lease_id"]!.GetValue<string>(), ["renewable"] = true,
            ["lease_duration"] = Math.Min(body["increment"]!.GetValue<long>(), state.MaxRenewSeconds), ["data"] = null,
        })
        : Errors(400);

    private static JsonObject Facts(FakeToken token) => new()
    {
        ["accessor"] = "a", ["policies"] = new JsonArray([.. token.Policies.Select(name => JsonValue.Create(name))]), ["ttl"] = token.Seconds, ["renewable"] = token.Renewable,
    };

    private JsonObject Auth(string token, long seconds) => new()
    {
        ["request_id"] = "r", ["lease_id"] = "", ["data"] = null,
        ["auth"] = new JsonObject
        {
            ["client_token"] = token, ["accessor"] = "a", ["lease_duration"] = seconds, ["renewable"] = true,
            ["policies"] = new JsonArray([.. state.Tokens[token].Policies.Select(name => JsonValue.Create(name))]),
        },
    };

    private static JsonObject Envelope(JsonObject data, string lease = "", long seconds = 0, string requestId = "r") => new()
    {
        ["request_id"] = requestId, ["lease_id"] = lease, ["renewable"] = lease.Length > 0, ["lease_duration"] = seconds, ["data"] = data,
        ["wrap_info"] = null, ["warnings"] = null, ["auth"] = null,
    };

    private static (int Status, JsonObject? Answer) Errors(int status) => (status, new JsonObject { ["errors"] = new JsonArray() });

    private static JsonObject Copy(JsonObject data) => data.DeepClone().AsObject();
}
