using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Bench;
using Yarp.ReverseProxy.Forwarder;

namespace SecureAgent.Egress.Bench;

/// <summary>
/// What the libraries alone cost: CONNECT answered for whatever it asks, TLS ended by Kestrel, each request handed to one origin by YARP. No session, no
/// judging, no record. This program again, in a process of its own (<c>--bare</c>).
/// </summary>
internal static class BareProxy
{
    public const string Verb = "--bare";

    public static async Task<Contestant> StartAsync(string root, BenchOrigin origin)
    {
        var socket = Path.Combine(Directory.CreateDirectory(root).FullName, "bare.sock");
        var process = await ServerProcess.StartAsync(
            "dotnet", [typeof(BareProxy).Assembly.Location, Verb, socket, origin.CertificateFile, $"https://localhost:{origin.TlsPort}/"], () => Task.FromResult(File.Exists(socket)));
        return new Contestant("Kestrel and YARP alone", process, new UnixDomainSocketEndPoint(socket));
    }

    public static async Task<int> RunAsync(string socket, string originCertificate, string originUrl)
    {
        using var shown = BenchOrigin.NewCertificate();
        using var believed = X509CertificateLoader.LoadCertificateFromFile(originCertificate);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socket, listen =>
        {
            listen.Use(AnswerConnect);
            listen.UseHttps(shown);
        }));
        await using var app = builder.Build();
        using var upstream = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => believed.Equals(certificate) },
        });
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        app.Run(async context => await forwarder.SendAsync(context, originUrl, upstream, ForwarderRequestConfig.Empty, HttpTransformer.Default));
        await app.RunAsync();
        return 0;
    }

    /// <summary>The head is one small piece, as the client of this benchmark sends it.</summary>
    private static ConnectionDelegate AnswerConnect(ConnectionDelegate next) => async connection =>
    {
        var read = await connection.Transport.Input.ReadAsync();
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        await connection.Transport.Output.WriteAsync("HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray());
        await next(connection);
    };
}
