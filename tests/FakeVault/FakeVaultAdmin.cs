using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SecureAgent.Testing.Vault;

/// <summary>What an operator's token may do at the store, and what written policies give others.</summary>
public sealed partial class FakeVaultAdmin(FakeVaultState state)
{
    private const string RolePath = "auth/approle/role/";

    /// <summary>Null for a path that is no administration.</summary>
    public (int Status, JsonObject? Answer)? Answer(string method, string path, JsonObject body) => (method, path.Split('/')) switch
    {
        ("GET", ["sys", "mounts"]) => (200, Data(new JsonObject(state.Mounts.Select(mount => KeyValuePair.Create<string, JsonNode?>(
            mount.Key + "/", new JsonObject { ["type"] = mount.Value.Type, ["options"] = Options(mount.Value.Version) }))))),
        ("PUT" or "POST", ["sys", "mounts", var mount]) => Mount(mount, body),
        ("GET", ["sys", "auth"]) => (200, Data(new JsonObject(state.AuthMethods.Keys.Select(name => KeyValuePair.Create<string, JsonNode?>(name + "/", new JsonObject { ["type"] = name }))))),
        ("PUT", ["sys", "auth", var name]) => Done(() => state.AuthMethods[name] = true),
        ("GET", ["sys", "audit"]) => (200, Data(new JsonObject(state.AuditDevices.Select(device => KeyValuePair.Create<string, JsonNode?>(device.Key + "/", new JsonObject { ["type"] = "file" }))))),
        ("PUT", ["sys", "audit", var name]) => state.TakesAuditDevices ? Done(() => state.AuditDevices[name] = body["options"]!["file_path"]!.GetValue<string>()) : (400, null),
        ("PUT", ["sys", "policies", "acl", var name]) => Done(() => state.Policies[name] = body["policy"]!.GetValue<string>()),
        ("GET", ["sys", "policies", "acl", ..]) or ("GET", ["sys", "host-info"]) => (200, Data([])),
        ("POST", ["auth", "token", "create"]) => Done(() => state.Tokens[body["id"]!.GetValue<string>()] =
            new FakeToken([.. body["policies"]!.AsArray().Select(name => name!.GetValue<string>())], 3600, true)),
        ("POST", ["sys", "wrapping", "wrap"]) => Wrap(body),
        ("POST", ["transit", "keys", _]) or ("POST", ["pki", "root", "generate", "internal"]) or ("POST", ["pki", "roles", _]) => (204, null),
        ("POST", ["transit", "encrypt", _]) => (200, Data(new JsonObject { ["ciphertext"] = $"vault:v1:{body["plaintext"]}" })),
        ("DELETE", [var mount, "data", ..]) when state.Mounts.ContainsKey(mount) => Done(() => state.Delete(path)),
        ("POST", ["old", ..]) => Done(() => state.Put(path, body.DeepClone().AsObject())),
        ("PUT", ["auth", "approle", "role", var role]) => Done(() => state.Roles[role] = [.. body["token_policies"]!.AsArray().Select(name => name!.GetValue<string>())]),
        ("DELETE", ["auth", "approle", "role", var role]) => Done(() => state.Roles.TryRemove(role, out _)),
        ("GET", ["auth", "approle", "role", var role, "role-id"]) => state.Roles.ContainsKey(role) ? (200, Data(new JsonObject { ["role_id"] = $"id-of-{role}" })) : (404, null),
        ("POST", ["auth", "approle", "role", var role, "secret-id"]) => state.Roles.ContainsKey(role) ? (200, Data(new JsonObject { ["secret_id"] = $"secret-of-{role}" })) : (404, null),
        ("GET", [var mount, "config"]) when state.Mounts.ContainsKey(mount) => (200, Data([])),
        ("DELETE", [var mount, "metadata", ..]) when state.Mounts.ContainsKey(mount) => Done(() => state.Secrets.TryRemove(path.Replace("/metadata/", "/data/", StringComparison.Ordinal), out _)),
        _ when path.StartsWith(RolePath, StringComparison.Ordinal) => (404, null),
        _ => null,
    };

    /// <summary>Policies of a login that was made by <see cref="Answer"/>; null when it was not.</summary>
    public string[]? Login(JsonObject body) => state.Roles
        .Where(role => body["role_id"]?.GetValue<string>() == $"id-of-{role.Key}" && body["secret_id"]?.GetValue<string>() == $"secret-of-{role.Key}")
        .Select(role => role.Value).FirstOrDefault();

    /// <summary>Whether written policies give this; a token none of whose policies was written is not judged by them.</summary>
    public bool Allows(FakeToken token, string method, string path)
    {
        var written = token.Policies.Where(state.Policies.ContainsKey).Select(name => state.Policies[name]).ToList();
        var needed = method switch { "GET" => "read", "DELETE" => "delete", _ => "update" };
        return written.Count == 0 || state.IgnoresPolicies
            || written.SelectMany(text => Rule().Matches(text)).Any(rule => Covers(rule.Groups[1].Value, path) && rule.Groups[2].Value.Contains($"\"{needed}\"", StringComparison.Ordinal));
    }

    private static bool Covers(string pattern, string path) =>
        pattern == path || (pattern.EndsWith('*') && path.StartsWith(pattern[..^1], StringComparison.Ordinal));

    private (int Status, JsonObject? Answer) Wrap(JsonObject body)
    {
        var token = $"wrap-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(16)}";
        state.Wrapped[token] = body.DeepClone().AsObject();
        return (200, new JsonObject { ["request_id"] = "", ["data"] = null, ["wrap_info"] = new JsonObject { ["token"] = token, ["ttl"] = 60 } });
    }

    private (int Status, JsonObject? Answer) Mount(string mount, JsonObject body) =>
        Done(() => state.Mounts[mount] = (body["type"]!.GetValue<string>(), body["options"]?["version"]?.GetValue<string>()));

    private static (int Status, JsonObject? Answer) Done(Action change)
    {
        change();
        return (204, null);
    }

    private static JsonObject? Options(string? version) => version is null ? null : new JsonObject { ["version"] = version };

    private static JsonObject Data(JsonObject data) => new() { ["request_id"] = "r", ["lease_id"] = "", ["data"] = data };

    [GeneratedRegex("path \"([^\"]+)\" \\{ capabilities = \\[([^\\]]*)\\] \\}")]
    private static partial Regex Rule();
}
