using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.Relay.Tests;

/// <summary>Something that answers where a gate should be, and keeps the first bytes it is told.</summary>
internal sealed class FakeDoor : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 certificate;

    public FakeDoor(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        var now = TimeProvider.System.GetUtcNow();
        certificate = new CertificateRequest("CN=door", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } }.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        listener.Start();
        Told = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string AuthorityPem => certificate.ExportCertificatePem();

    /// <summary>What the first client said inside TLS.</summary>
    public Task<byte[]> Told { get; }

    public void Dispose()
    {
        listener.Dispose();
        certificate.Dispose();
    }

    private async Task<byte[]> ServeAsync()
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var secure = new SslStream(client.GetStream());
        try
        {
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [RelayProtocol.Protocol] });
            var told = new byte[RelayProtocol.LongestToken + 2];
            return told[..await secure.ReadAsync(told)];
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            // The relay hung up: it told nothing.
            return [];
        }
    }
}
