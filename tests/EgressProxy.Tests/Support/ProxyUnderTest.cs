using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>The real proxy on a real session socket, an origin to reach, and a DNS to lie with.</summary>
internal sealed class ProxyUnderTest : IAsyncDisposable
{
    private ProxyUnderTest(TestComponent component, Origin origin, ScriptedResolver resolver) =>
        (Component, Origin, Resolver) = (component, origin, resolver);

    public TestComponent Component { get; }

    public Origin Origin { get; }

    public ScriptedResolver Resolver { get; }

    public TestSession Session { get; private set; } = null!;

    /// <param name="rules">Lines under <c>egress:</c>; HTTP and HTTPS stand for the origin's ports.</param>
    /// <param name="more">Further sections of the profile.</param>
    public static async Task<ProxyUnderTest> StartAsync(string? rules = null, string more = "", params (string Key, string Value)[] settings)
    {
        var resolver = new ScriptedResolver();
        resolver.Answer("origin.test", ["127.0.0.1"]);
        var origin = await Origin.StartAsync();
        var component = await TestComponent.StartAsync(
            ComponentNames.EgressProxy,
            args => EgressProxyHosting.Create(args, services => services.AddSingleton<INameResolver>(resolver)),
            settings: [("EgressProxy:UpstreamRoots", origin.CertificateFile), .. settings]);
        var proxy = new ProxyUnderTest(component, origin, resolver);
        proxy.Session = await component.OpenSessionAsync(proxy.Policy(rules ?? "- { host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true }", more));
        return proxy;
    }

    public string Policy(string rules, string more) => $"""
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
        {Indent(rules, 6)}
        {Indent(more, 4)}
        """.Replace("HTTPS", $"{Origin.HttpsPort}", StringComparison.Ordinal).Replace("HTTP", $"{Origin.HttpPort}", StringComparison.Ordinal);

    /// <summary>A client that knows the session's socket as its HTTP proxy.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        Proxy = new WebProxy("http://proxy.test:3128"),
        UseProxy = true,
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=origin.test" },
        ConnectCallback = async (_, _) => new NetworkStream(await Session.ConnectAsync(), ownsSocket: true),
    });

    /// <summary>As a program in the sandbox that believes the session's authority, and no one else.</summary>
    public SocketsHttpHandler TrustingHandler() => new()
    {
        Proxy = new WebProxy("http://proxy.test:3128"),
        UseProxy = true,
        AllowAutoRedirect = false,
        UseCookies = false,
        SslOptions = { CertificateChainPolicy = TrustOfSession() },
        ConnectCallback = async (_, _) => new NetworkStream(await Session.ConnectAsync(), ownsSocket: true),
    };

    public X509ChainPolicy TrustOfSession()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.ImportFromPem(Session.Authority);
        return policy;
    }

    /// <summary>A CONNECT that was let through, and TLS in it with the given name.</summary>
    public async Task<SslStream> OpenTlsAsync(string host, int port, string serverName, SslApplicationProtocol? protocol = null)
    {
        var socket = await Session.ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes($"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"));
        var answer = new byte[512];
        var length = await socket.ReceiveAsync(answer);
        Assert.StartsWith("HTTP/1.1 200 ", Encoding.Latin1.GetString(answer, 0, length), StringComparison.Ordinal);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName, CertificateChainPolicy = TrustOfSession(), ApplicationProtocols = protocol is { } one ? [one] : null,
        });
        return tls;
    }

    /// <summary>Sends bytes as they are and reads until the proxy closes the connection.</summary>
    public async Task<string> SendRawAsync(string request, bool finish = true)
    {
        using var socket = await Session.ConnectAsync();
        await socket.SendAsync(Encoding.Latin1.GetBytes(request));
        if (finish)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        return await ReadToEndAsync(socket);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token)) > 0)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // A cut connection; what came before it is the answer.
        }

        return text.ToString();
    }

    public static int StatusOf(string response) => response.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(response[9..12], System.Globalization.CultureInfo.InvariantCulture) : 0;

    public static JsonElement ErrorOf(string response) =>
        JsonDocument.Parse(response[response.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("error");

    public IReadOnlyList<AuditRecord> Decisions() => [.. Component.Records().Where(record => record.IsDecision)];

    public async ValueTask DisposeAsync()
    {
        await Component.DisposeAsync();
        await Origin.DisposeAsync();
    }

    private static string Indent(string text, int by) => string.Join('\n', text.Split('\n').Select(line => new string(' ', by) + line.Trim('\r')));
}
