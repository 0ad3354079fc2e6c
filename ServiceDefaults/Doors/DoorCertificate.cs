using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>The door's certificate as cert-manager mounts it (<c>tls.crt</c>, <c>tls.key</c>), taken afresh when the file changed: it lives a day.</summary>
internal sealed class DoorCertificate(string directory) : IDisposable
{
    private readonly Lock gate = new();
    private string text = "";
    private X509Certificate2? certificate;
    private SslStreamCertificateContext? context;

    public SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            var now = File.ReadAllText(Path.Combine(directory, "tls.crt"));
            if (context is null || now != text)
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPem(now);
                var fresh = X509Certificate2.CreateFromPem(now, File.ReadAllText(Path.Combine(directory, "tls.key")));
                context = SslStreamCertificateContext.Create(fresh, [.. chain.Skip(1)], offline: true);
                certificate?.Dispose();
                (certificate, text) = (fresh, now);
            }

            return context;
        }
    }

    public void Dispose() => certificate?.Dispose();
}
