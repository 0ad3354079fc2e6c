using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>The proxy's end of TLS in an inspected tunnel: a leaf of the session's authority for the host the tunnel was opened to.</summary>
internal static class InspectedTls
{
    public static TlsHandshakeCallbackOptions Options(TimeSpan timeout) => new() { HandshakeTimeout = timeout, OnConnection = OnConnection };

    private static ValueTask<SslServerAuthenticationOptions> OnConnection(TlsHandshakeCallbackContext context)
    {
        var tunnel = context.Connection.Features.Get<InspectedTunnel>()
            ?? throw new AuthenticationException("This connection came through no tunnel.");
        var host = tunnel.Judgement.Host ?? throw new AuthenticationException("The tunnel has no host.");

        // Judged before by our own reading of the hello; this is the reading that counts for TLS.
        if (context.ClientHelloInfo.ServerName is { Length: > 0 } name ? CanonicalHost.TryParse(name) != host : host.Address is null)
        {
            throw new AuthenticationException("The server name is not the tunnel's host.");
        }

        return ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = tunnel.Authority.LeafOf(host),
            ClientCertificateRequired = false,
        });
    }
}
