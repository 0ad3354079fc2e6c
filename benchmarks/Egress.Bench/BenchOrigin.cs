using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecureAgent.Egress.Bench;

/// <summary>What is reached: a plain socket that sends as many bytes as it is asked for, and a small answer over HTTPS.</summary>
internal sealed class BenchOrigin : IAsyncDisposable
{
    public const string Answer = "ok";

    private readonly Socket listener;
    private readonly WebApplication app;
    private readonly X509Certificate2 certificate;

    private BenchOrigin(Socket listener, WebApplication app, X509Certificate2 certificate, string certificateFile)
    {
        (this.listener, this.app, this.certificate, CertificateFile) = (listener, app, certificate, certificateFile);
        RawPort = ((IPEndPoint)listener.LocalEndPoint!).Port;
        TlsPort = new Uri(app.Urls.First()).Port;
    }

    public int RawPort { get; }

    public int TlsPort { get; }

    public string CertificateFile { get; }

    public static async Task<BenchOrigin> StartAsync(string root)
    {
        var file = Path.Combine(root, "origin.pem");
        var certificate = NewCertificate();
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentLength = Answer.Length;
            return context.Response.WriteAsync(Answer);
        });
        await app.StartAsync();
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        var origin = new BenchOrigin(listener, app, certificate, file);
        _ = origin.AcceptAsync();
        return origin;
    }

    public bool IsOwn(X509Certificate? shown) => shown is not null && certificate.RawDataMemory.Span.SequenceEqual(shown.GetRawCertData());

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await app.DisposeAsync();
        certificate.Dispose();
    }

    public static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The benchmark is over.
        }
    }

    /// <summary>Eight bytes say how many to send.</summary>
    private static async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            var ask = new byte[8];
            byte[]? zeros = null;
            try
            {
                while (await socket.ReceiveAsync(ask) == ask.Length)
                {
                    zeros ??= new byte[256 << 10];
                    for (var left = BinaryPrimitives.ReadInt64LittleEndian(ask); left > 0;)
                    {
                        left -= await socket.SendAsync(zeros.AsMemory(0, (int)Math.Min(left, zeros.Length)));
                    }
                }
            }
            catch (SocketException)
            {
                // The tunnel ended.
            }
        }
    }
}
