using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace SecureAgent.EgressProxy.Tests.Support;

internal sealed record Received(string Method, string RawTarget, string Host, IReadOnlyDictionary<string, string> Headers, string Body, string Connection, string Protocol);

/// <summary>A destination on loopback that keeps what it got: plain HTTP on one port, HTTPS on another.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private WebApplication app = null!;

    private Origin()
    {
    }

    /// <summary>Its own certificate, to be believed by whoever should reach it over TLS.</summary>
    public string CertificateFile { get; } = Path.Combine(Directory.CreateTempSubdirectory("sa-origin-").FullName, "origin.pem");

    public int HttpPort { get; private set; }

    public int HttpsPort { get; private set; }

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>Completes when a request to /hang has begun.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets a request to /events go on after its first event.</summary>
    public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<Origin> StartAsync()
    {
        var origin = new Origin();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(origin.Certificate()));
        });
        var app = origin.app = builder.Build();
        app.UseWebSockets();
        app.Run(origin.ServeAsync);
        await app.StartAsync();
        origin.HttpPort = new Uri(app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal))).Port;
        origin.HttpsPort = new Uri(app.Urls.First(url => url.StartsWith("https://", StringComparison.Ordinal))).Port;
        return origin;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(CertificateFile)!, recursive: true);
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(new Received(
            context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.Host.Value ?? "",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body,
            context.Connection.Id, context.Request.Protocol));
        switch (context.Request.Path.Value)
        {
            case "/hang":
                Hanging.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "/events":
                context.Response.ContentType = "text/event-stream";
                await context.Response.WriteAsync("data: one\n\n");
                await context.Response.Body.FlushAsync();
                await Released.Task;
                await context.Response.WriteAsync("data: two\n\n");
                break;
            case "/echo":
                await EchoHeadersAsync(context);
                break;
            case { } path when path.StartsWith("/v1/length/", StringComparison.Ordinal):
                var length = int.Parse(path["/v1/length/".Length..], System.Globalization.CultureInfo.InvariantCulture);
                context.Response.ContentLength = length;
                await context.Response.Body.WriteAsync(new byte[length]);
                break;
            case "/compressed":
                context.Response.Headers.ContentEncoding = "gzip";
                await context.Response.Body.WriteAsync(new byte[] { 31, 139, 8, 0 });
                break;
            case "/redirect":
                context.Response.Redirect("http://169.254.169.254/latest/meta-data/");
                break;
            default:
                context.Response.Headers["X-Origin"] = "yes";
                await context.Response.WriteAsync($"origin:{body}");
                break;
        }
    }

    /// <summary>The first message comes back.</summary>
    private async Task EchoAsync(HttpContext context)
    {
        Requests.Enqueue(new Received(context.Request.Method, context.Request.Path, context.Request.Host.Value ?? "", new Dictionary<string, string>(), "", context.Connection.Id, "websocket"));
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        var message = await socket.ReceiveAsync(buffer, CancellationToken.None);
        await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, true, CancellationToken.None);
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    /// <summary>What a careless destination does: everything it got comes back, in a header and in small pieces of a body.</summary>
    private static async Task EchoHeadersAsync(HttpContext context)
    {
        var all = string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"));
        context.Response.Headers["X-Echo"] = string.Join(", ", context.Request.Headers.Values);
        foreach (var piece in Encoding.UTF8.GetBytes(all + "\nend").Chunk(3))
        {
            await context.Response.Body.WriteAsync(piece);
            await context.Response.Body.FlushAsync();
        }
    }

    private X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=origin.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("origin.test");
        names.AddDnsName("key.test");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(CertificateFile, made.ExportCertificatePem());
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
