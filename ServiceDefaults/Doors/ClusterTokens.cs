using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Whom a projected token names.</summary>
internal sealed record PodIdentity(string Subject, string Pod);

/// <summary>
/// Checks projected service-account tokens with the cluster's published keys (a JWKS file): signature, issuer, audience, lifetime, and that
/// the token is bound to a pod. The API server is never asked. Any failure is nobody.
/// </summary>
internal sealed class ClusterTokens(string keysFile, string issuer, string audience, TimeProvider time)
{
    private readonly JsonWebTokenHandler handler = new();
    private (string Text, IReadOnlyList<SecurityKey> Keys) known = ("", []);

    public async Task<PodIdentity?> ValidateAsync(string token)
    {
        var result = await handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer,
            ValidAudience = audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = await KeysAsync(),
            TryAllIssuerSigningKeys = false,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ValidateIssuerSigningKey = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                return expires is { } end && now < end && (notBefore is not { } start || start <= now);
            },
        });
        return result.IsValid && result.SecurityToken is JsonWebToken valid ? Identity(valid) : null;
    }

    private static PodIdentity? Identity(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<JsonElement>("kubernetes.io", out var bound) || bound.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var subject = $"system:serviceaccount:{Text(bound, "namespace")}:{Text(bound, "serviceaccount", "name")}";
        return token.Subject == subject && Text(bound, "pod", "name") is { Length: > 0 } pod ? new PodIdentity(subject, pod) : null;
    }

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }

    /// <summary>Read every time, parsed when it changed: keys are rotated while gates run.</summary>
    private async Task<IReadOnlyList<SecurityKey>> KeysAsync()
    {
        var text = await File.ReadAllTextAsync(keysFile);
        var now = known;
        if (now.Text != text)
        {
            var keys = new JsonWebKeySet(text).GetSigningKeys();
            foreach (var key in keys)
            {
                key.CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false };
            }

            known = now = (text, [.. keys]);
        }

        return now.Keys;
    }
}
