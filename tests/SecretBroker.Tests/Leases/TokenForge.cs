using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SecureAgent.SecretBroker.Tests.Leases;

/// <summary>Service tokens by hand, right and wrong, over a key the broker trusts.</summary>
internal sealed class TokenForge : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TokenForge() => File.WriteAllText(KeyFile, key.ExportSubjectPublicKeyInfoPem());

    public string KeyFile { get; } = Path.Combine(Directory.CreateTempSubdirectory("sa-key-").FullName, "key.pem");

    public string Good => Of();

    /// <summary>Times are seconds from now.</summary>
    public string Of(string sub = "egress-proxy", string aud = "secret-broker", string iss = "secure-agent-host", string alg = "ES256", int from = -5, int? to = 600) =>
        Sign(new JsonObject { ["alg"] = alg, ["typ"] = "JWT" }, Payload(sub, aud, iss, from, to), key);

    public string OtherKey()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(new JsonObject { ["alg"] = "ES256" }, Payload(), other);
    }

    public string WithOwnKey()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = other.ExportParameters(false).Q;
        var jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
        return Sign(new JsonObject { ["alg"] = "ES256", ["jwk"] = jwk }, Payload(), other);
    }

    public string Unsigned(string? alg)
    {
        JsonObject header = alg is null ? new() { ["typ"] = "JWT" } : new() { ["alg"] = alg };
        return $"{Part(header)}.{Part(Payload())}.";
    }

    /// <summary>The classic confusion: the public key taken for a shared secret.</summary>
    public string Hmac()
    {
        var content = $"{Part(new JsonObject { ["alg"] = "HS256" })}.{Part(Payload())}";
        return $"{content}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(content)))}";
    }

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(Path.GetDirectoryName(KeyFile)!, recursive: true);
    }

    private static JsonObject Payload(string sub = "egress-proxy", string aud = "secret-broker", string iss = "secure-agent-host", int from = -5, int? to = 600)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var payload = new JsonObject { ["sub"] = sub, ["iat"] = now + from, ["nbf"] = now + from };
        foreach (var (name, value) in new[] { ("aud", aud), ("iss", iss) }.Where(claim => claim.Item2.Length > 0))
        {
            payload[name] = value;
        }

        if (to is { } end)
        {
            payload["exp"] = now + end;
        }

        return payload;
    }

    private static string Sign(JsonObject header, JsonObject payload, ECDsa with)
    {
        var content = $"{Part(header)}.{Part(payload)}";
        return $"{content}.{Base64Url.EncodeToString(with.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    private static string Part(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
}
