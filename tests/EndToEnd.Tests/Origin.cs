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

    /// <summary>Contents by path; every other path has the same few words.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public string CertificatePem => certificate.ExportCertificatePem();

    public static async Task<Origin> StartAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, (ListenOptions listen) => listen.UseHttps(certificate));
        });
        var origin = new Origin(builder.Build(), certificate);
        origin.app.UseWebSockets();
        origin.app.Run(async context =>
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                await EchoAsync(context);
                return;
            }

            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            origin.Requests.Enqueue((context.Request.Path, body.ToArray()));
            await (origin.OnRequest?.Invoke(context) ?? Task.CompletedTask);
            context.Response.ContentType = context.Request.Path.Value!.EndsWith('/') ? "text/html" : null;
            await (origin.Files.TryGetValue(context.Request.Path, out var file)
                ? context.Response.Body.WriteAsync(file).AsTask()
                : context.Response.WriteAsync("from the origin"));
        });
        await origin.app.StartAsync();
        return origin;
    }

    /// <summary>The first message comes back.</summary>
    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[256];
        var message = await socket.ReceiveAsync(buffer, context.RequestAborted);
        await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, endOfMessage: true, context.RequestAborted);
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }
}
