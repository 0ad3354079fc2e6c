using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>The one HTTP client: no redirects, no proxy, no cookies, and only the given certificate authority when there is one.</summary>
internal static class VaultConnection
{
    public static HttpClient Create(VaultOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectTimeout = options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = { CertificateChainPolicy = PolicyOf(options.CaFile) },
        };
        var http = new HttpClient(handler) { BaseAddress = new Uri(options.Address), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Add("X-Vault-Request", "true");
        if (options.Namespace.Length > 0)
        {
            http.DefaultRequestHeaders.Add("X-Vault-Namespace", options.Namespace);
        }

        return http;
    }

    /// <summary>A certificate names places to fetch more from; none is asked.</summary>
    private static X509ChainPolicy PolicyOf(string caFile)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (caFile.Length > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPemFile(caFile);
        }

        return policy;
    }
}
