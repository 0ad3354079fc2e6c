using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>The service endpoint of a cluster: TLS 1.3 and HTTP/2; who calls is said by the token.</summary>
internal static class ServiceDoor
{
    public static void Listen(KestrelServerOptions kestrel, ServiceDoorOptions options)
    {
        if (!IPEndPoint.TryParse(options.Listen, out var endPoint))
        {
            throw new StartupException($"{ServiceDoorOptions.Section}__{nameof(options.Listen)} '{options.Listen}' is not ADDRESS:PORT");
        }

        var certificate = new DoorCertificate(options.CertificateDirectory);
        _ = certificate.Current();
        kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.TagOrigin(ConnectionOrigin.Service);
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate.Current(),
                    EnabledSslProtocols = SslProtocols.Tls13,
                }),
            });
        });
    }
}
