using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>Whom the proxy believes when a destination shows its certificate: the machine's roots, and those of <see cref="EgressProxyOptions.UpstreamRoots"/>.</summary>
internal sealed class UpstreamRoots
{
    private readonly X509Certificate2Collection? roots;

    public UpstreamRoots(IOptions<EgressProxyOptions> options)
    {
        if (options.Value.UpstreamRoots is not { Length: > 0 } file)
        {
            return;
        }

        roots = [];
        roots.ImportFromPemFile(file);
        foreach (var location in new[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine })
        {
            using var store = new X509Store(StoreName.Root, location);
            store.Open(OpenFlags.ReadOnly);
            roots.AddRange(store.Certificates);
        }
    }

    /// <summary>Nothing is fetched while a chain is built: no packet goes to an address that a certificate names.</summary>
    public X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return policy;
    }
}
