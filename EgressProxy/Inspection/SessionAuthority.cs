using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>
/// The certificate authority of one session. Its keys are in this process's memory and nowhere else, and go with the session: what trusts it trusts nothing
/// once the session is over.
/// </summary>
internal sealed class SessionAuthority : IDisposable
{
    /// <summary>Below a wildcard the agent chooses the names.</summary>
    private const int MaxLeaves = 256;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>A session lasts a day at most.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(25);

    private readonly ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 authority;
    private readonly DateTimeOffset notBefore;
    private readonly ConcurrentDictionary<string, Lazy<Leaf>> leaves = new(StringComparer.Ordinal);

    public SessionAuthority(string sessionId, TimeProvider time)
    {
        notBefore = time.GetUtcNow().AddHours(-1);
        var request = new CertificateRequest($"CN=SecureAgent session {sessionId}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        authority = request.CreateSelfSigned(notBefore, notBefore + Life);
    }

    /// <summary>The public certificate.</summary>
    public string Pem => authority.ExportCertificatePem();

    /// <summary>For one host, made when it is first asked for.</summary>
    public SslStreamCertificateContext LeafOf(CanonicalHost host)
    {
        if (leaves.Count >= MaxLeaves)
        {
            // Those in use stay alive with their connections.
            leaves.Clear();
        }

        return leaves.GetOrAdd(host.Name, _ => new Lazy<Leaf>(() => Issue(host))).Value.Context;
    }

    public void Dispose()
    {
        authority.Dispose();
        authorityKey.Dispose();
        leafKey.Dispose();
    }

    private Leaf Issue(CanonicalHost host)
    {
        var request = new CertificateRequest("", leafKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(NamesOf(host));
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7f;
        using var issued = request.Create(authority, notBefore, notBefore + Life, serial);
        var certificate = issued.CopyWithPrivateKey(leafKey);
        return new Leaf(SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true));
    }

    /// <summary>Critical, as the subject is empty (RFC 5280 §4.2.1.6).</summary>
    private static X509Extension NamesOf(CanonicalHost host)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (host.Address is { } address)
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host.Name);
        }

        return names.Build(critical: true);
    }

    private sealed record Leaf(SslStreamCertificateContext Context);
}
