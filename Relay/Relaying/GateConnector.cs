using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.Relay.Relaying;

/// <summary>
/// Opens a connection to a gate: TLS 1.3, a certificate of the pod's one authority for exactly that name, then the pod's token. The token
/// is shown to nobody who has not proved to be the gate.
/// </summary>
internal sealed class GateConnector(RelayOptions options, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Null when the gate refused the token.</summary>
    public async Task<SslStream?> ConnectAsync(GateRoute route, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? secure = null;
        try
        {
            await socket.ConnectAsync(route.Host, route.GatePort, both.Token);
            secure = new SslStream(new NetworkStream(socket, ownsSocket: true));
            using var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(options.Authority, both.Token));
            await secure.AuthenticateAsClientAsync(Expect(route.Host, authority), both.Token);
            if (secure.NegotiatedApplicationProtocol != RelayProtocol.Protocol)
            {
                throw new AuthenticationException("what answered is no gate's door");
            }

            await RelayProtocol.SendTokenAsync(secure, (await File.ReadAllTextAsync(options.TokenFile, both.Token)).Trim(), both.Token);
            if (await RelayProtocol.IsAcceptedAsync(secure, both.Token))
            {
                return secure;
            }

            await secure.DisposeAsync();
            return null;
        }
        catch
        {
            if (secure is not null)
            {
                await secure.DisposeAsync();
            }

            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Expect(string host, X509Certificate2 authority) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [RelayProtocol.Protocol],
        EnabledSslProtocols = SslProtocols.Tls13,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { authority },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };
}
