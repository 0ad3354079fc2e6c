using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using SecureAgent.Contracts;

namespace SecureAgent.ServiceDefaults.Identity;

/// <summary>How a component reaches another: plain on a laptop's loopback; in a cluster TLS 1.3 that trusts the gates' one authority and no other.</summary>
internal static class CalleeHandler
{
    public static SocketsHttpHandler For(IConfiguration configuration)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        if (configuration[HostEnvironment.Authority] is { Length: > 0 } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509Certificate2.CreateFromPem(File.ReadAllText(file)) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        }

        return handler;
    }
}
