using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace SecureAgent.ServiceDefaults.Identity;

/// <summary>
/// Mints the service tokens of one boot (RFC 7519, ES256). Only the host holds one; components get short-lived token files, as a pod gets
/// projected service-account tokens.
/// </summary>
public sealed class ServiceTokenMint : IDisposable
{
    /// <summary>Lifetime of a token; the host renews files at half of it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly TimeProvider time;

    public ServiceTokenMint(TimeProvider time) => this.time = time;

    /// <summary>The public key as PEM (SubjectPublicKeyInfo), for <see cref="ServiceTokenValidator"/>.</summary>
    public string PublicKeyPem => key.ExportSubjectPublicKeyInfoPem();

    public string Mint(string caller, string audience)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = ServiceTokenValidator.Issuer,
            Audience = audience,
            Claims = new Dictionary<string, object> { ["sub"] = caller, ["jti"] = Identifiers.New("t", 16) },
            IssuedAt = now,
            NotBefore = now.AddSeconds(-5),
            Expires = now + Lifetime,
            SigningCredentials = new SigningCredentials(ServiceTokenValidator.KeyOf(key), SecurityAlgorithms.EcdsaSha256),
        });
    }

    public void Dispose() => key.Dispose();
}

/// <summary>Checks signature (ES256 only), issuer, audience and lifetime. Any failure is no caller at all.</summary>
public sealed class ServiceTokenValidator : ICallerTokens, IDisposable
{
    internal const string Issuer = "secure-agent-host";
    private const int MaxProven = 64;

    private readonly ECDsa key = ECDsa.Create();
    private readonly JsonWebTokenHandler handler = new();
    private readonly TokenValidationParameters parameters;
    private readonly TimeProvider time;

    /// <summary>Tokens whose signature was checked already, whole; a gate sends the same one for minutes.</summary>
    private readonly ConcurrentDictionary<string, (string Caller, DateTime Expires)> proven = new(StringComparer.Ordinal);

    public ServiceTokenValidator(string publicKeyPem, string audience, TimeProvider time)
    {
        this.time = time;
        key.ImportFromPem(publicKeyPem);
        parameters = new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = audience,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = KeyOf(key),
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ValidateIssuerSigningKey = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                return expires is { } end && now < end && (notBefore is not { } start || start <= now);
            },
        };
    }

    /// <summary>A key whose signature providers are not cached: the process-wide cache goes by public key and would outlive this one's handle.</summary>
    internal static ECDsaSecurityKey KeyOf(ECDsa key) => new(key)
    {
        CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
    };

    /// <summary>The caller's component name, or null when the token proves nothing.</summary>
    public async Task<string?> ValidateAsync(string token)
    {
        if (proven.TryGetValue(token, out var known) && time.GetUtcNow().UtcDateTime < known.Expires)
        {
            return known.Caller;
        }

        var result = await handler.ValidateTokenAsync(token, parameters);
        if (!result.IsValid || !result.Claims.TryGetValue("sub", out var subject) || subject is not string caller)
        {
            return null;
        }

        if (proven.Count >= MaxProven)
        {
            proven.Clear();
        }

        proven[token] = (caller, result.SecurityToken.ValidTo);
        return caller;
    }

    public void Dispose() => key.Dispose();
}
