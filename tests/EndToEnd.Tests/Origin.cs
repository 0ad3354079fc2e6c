using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A server on this machine's loopback, over HTTP and over HTTPS, that keeps what it was sent.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly X509Certificate2 certificate;

    private Origin(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

    public int HttpPort => new Uri(app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal))).Port;

    public int HttpsPort => new Uri(app.Urls.First(url => url.StartsWith("https://", StringComparison.Ordinal))).Port;

    public ConcurrentQueue<(string Path, byte[] Body)> Requests { get; } = new();

    /// <summary>Awaited before the answer.</summary>
    public Func<HttpContext, Task>? OnRequest { get; set; }

    public static async Task<Origin> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, (ListenOptions listen) => listen.UseHttps(certificate));
        });
        var origin = new Origin(builder.Build(), certificate);
        origin.app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            origin.Requests.Enqueue((context.Request.Path, body.ToArray()));
            await (origin.OnRequest?.Invoke(context) ?? Task.CompletedTask);
            await context.Response.WriteAsync("from the origin");
        });
        await origin.app.StartAsync();
        return origin;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }
}
