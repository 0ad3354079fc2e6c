using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.Testing;

/// <summary>What a cluster gives a gate: an authority, a certificate for <c>localhost</c>, token keys, and tokens bound to pods. Files in a directory of its own.</summary>
public sealed class TestCluster : IDisposable
{
    public const string Issuer = "https://cluster.test";
    public const string Audience = "secureagent-gate";
    public const string Subject = "system:serviceaccount:secure-agent-sessions:agent-session";

    private static readonly X509BasicConstraintsExtension IsAuthority = new(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true);

    private readonly string directory = Directory.CreateTempSubdirectory("cluster-").FullName;
    private readonly X509Certificate2 authority;
    private readonly ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private SigningCredentials signing = null!;

    public TestCluster()
    {
        authority = new CertificateRequest("CN=gates", authorityKey, HashAlgorithmName.SHA256) { CertificateExtensions = { IsAuthority } }
            .CreateSelfSigned(Now.AddHours(-1), Now.AddHours(1));
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());
        RenewCertificate();
        RotateKeys();
    }

    public string AuthorityFile => Named("ca.crt");

    public string TokenFile => Named("token");

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Settings that give a gate its session door, on loopback.</summary>
    public (string Key, string Value)[] Door =>
    [
        ("SessionDoor:Listen", "127.0.0.1:0"), ("SessionDoor:CertificateDirectory", directory), ("SessionDoor:KeysFile", Named("jwks.json")),
        ("SessionDoor:Issuer", Issuer), ("SessionDoor:Audience", Audience), ("SessionDoor:Subject", Subject),
    ];

    /// <summary>Settings that give a component its service door, on loopback.</summary>
    public (string Key, string Value)[] ServiceDoor =>
    [
        ("ServiceDoor:Listen", "127.0.0.1:0"), ("ServiceDoor:CertificateDirectory", directory), ("ServiceDoor:KeysFile", Named("jwks.json")),
        ("ServiceDoor:Issuer", Issuer), ("ServiceDoor:Namespace", "secure-agent-system"),
    ];

    /// <summary>A new certificate of the same authority. Returns its serial number.</summary>
    public string RenewCertificate(string name = "localhost")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        using var certificate = new CertificateRequest("CN=gate", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } }
            .Create(authority, Now.AddMinutes(-5), Now.AddMinutes(50), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Named("tls.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Named("tls.crt"), certificate.ExportCertificatePem());
        return certificate.SerialNumber;
    }

    /// <summary>New token keys: the old ones are published no longer.</summary>
    public void RotateKeys(bool rsa = false)
    {
        AsymmetricSecurityKey key = rsa ? new RsaSecurityKey(RSA.Create(2048)) : new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        key.KeyId = RandomNumberGenerator.GetHexString(8);
        key.CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false };
        signing = new SigningCredentials(key, rsa ? SecurityAlgorithms.RsaSha256 : SecurityAlgorithms.EcdsaSha256);
        var published = JsonWebKeyConverter.ConvertFromSecurityKey(key);
        Dictionary<string, string> parts = rsa
            ? new() { ["kty"] = "RSA", ["n"] = published.N, ["e"] = published.E }
            : new() { ["kty"] = "EC", ["crv"] = published.Crv, ["x"] = published.X, ["y"] = published.Y };
        parts["kid"] = key.KeyId;
        parts["use"] = "sig";
        File.WriteAllText(Named("jwks.json"), JsonSerializer.Serialize(new { keys = new[] { parts } }));
    }

    /// <summary>A projected token, right in everything that is not said otherwise.</summary>
    public string Token(
        string? pod, string audience = Audience, string issuer = Issuer, string space = "secure-agent-sessions", string account = "agent-session", string? subject = null, TimeSpan? age = null)
    {
        var bound = new Dictionary<string, object> { ["namespace"] = space, ["serviceaccount"] = new Dictionary<string, object> { ["name"] = account, ["uid"] = "u" } };
        if (pod is not null)
        {
            bound["pod"] = new Dictionary<string, object> { ["name"] = pod, ["uid"] = "u" };
        }

        var issued = (Now - (age ?? TimeSpan.Zero)).UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = issued,
            NotBefore = issued.AddSeconds(-5),
            Expires = issued.AddMinutes(10),
            Claims = new Dictionary<string, object> { ["sub"] = subject ?? $"system:serviceaccount:{space}:{account}", ["kubernetes.io"] = bound },
            SigningCredentials = signing,
        });
    }

    /// <summary>TLS to a door, as a relay speaks it unless said otherwise.</summary>
    public async Task<SslStream> ConnectAsync(IPEndPoint door, SslProtocols protocols = SslProtocols.Tls13, bool asRelay = true)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(door);
        var secure = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = asRelay ? [RelayProtocol.Protocol] : null,
                EnabledSslProtocols = protocols,
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            });
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    public void Dispose()
    {
        authority.Dispose();
        authorityKey.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private string Named(string name) => Path.Combine(directory, name);
}
