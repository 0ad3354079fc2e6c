using System.Net;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Inspection;

/// <summary>TLS is opened at the proxy, for the session that trusts it, and each request is judged.</summary>
public sealed class InspectionTests
{
    internal const string Rules = """
        - { host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true, inspect: { methods: [GET, POST], paths: ["/v1/**", /events, /redirect, "/ws/*"], upgrades: [websocket] } }
        """;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Request_InATunnel_IsJudgedRecordedAndForwarded(string version)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        using var client = new HttpClient(proxy.TrustingHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, Url(proxy, "/v1/a%20b?q=1"))
        {
            Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StringContent("hello"),
        };

        var response = await client.SendAsync(request);

        Assert.Equal("origin:hello", await response.Content.ReadAsStringAsync());
        var received = Assert.Single(proxy.Origin.Requests);
        Assert.Equal(("POST", "/v1/a%20b?q=1", $"origin.test:{proxy.Origin.HttpsPort}", "HTTP/2"), (received.Method, received.RawTarget, received.Host, received.Protocol));
        Assert.Equal(["connect", "https"], proxy.Decisions().Select(record => record.Facts["via"]));
        Assert.Equal(("POST", "/v1/a%20b"), (proxy.Decisions()[1].Facts["method"], proxy.Decisions()[1].Facts["path"]));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Request_OfAKeptAliveTunnel_IsJudgedEachTime(string version)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        using var client = new HttpClient(proxy.TrustingHandler()) { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        client.DefaultRequestHeaders.Add("traceparent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01");
        var statuses = new List<HttpStatusCode>();
        foreach (var path in new[] { "/v1/a", "/v2/a", "/v1/b", "/v1x" })
        {
            using var response = await client.GetAsync(Url(proxy, path));
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.OK, HttpStatusCode.Forbidden], statuses);
        Assert.Equal(["/v1/a", "/v1/b"], proxy.Origin.Requests.Select(request => request.RawTarget));
        Assert.Equal(["allowed_by_rule", "allowed_by_rule", "path_not_allowed", "allowed_by_rule", "path_not_allowed"], proxy.Decisions().Select(record => record.Reason));
        Assert.All(proxy.Decisions(), record => Assert.Equal("0af7651916cd43dd8448eb211c80319c", record.Trace));
    }

    [Theory]
    [InlineData("wss", "/ws/1", true)]
    [InlineData("ws", "/ws/1", true)]
    [InlineData("wss", "/other/1", false)]
    public async Task WebSocket_WhereTheRuleListsIt_Works(string scheme, string path, bool allowed)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        using var handler = proxy.TrustingHandler();
        using var invoker = new HttpMessageInvoker(handler);
        using var socket = new ClientWebSocket();
        var port = scheme == "wss" ? proxy.Origin.HttpsPort : proxy.Origin.HttpPort;

        var connect = socket.ConnectAsync(new Uri($"{scheme}://origin.test:{port}{path}"), invoker, CancellationToken.None);
        if (!allowed)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => connect);
            Assert.Empty(proxy.Origin.Requests);
            return;
        }

        await connect;
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[64];
        var message = await socket.ReceiveAsync(buffer, CancellationToken.None);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, message.Count));
        Assert.Equal("websocket", Assert.Single(proxy.Origin.Requests).Protocol);
    }

    [Fact]
    public async Task WebSocket_WhereTheRuleDoesNotListIt_IsRefused()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules.Replace(", upgrades: [websocket]", "", StringComparison.Ordinal));
        using var invoker = new HttpMessageInvoker(proxy.TrustingHandler());
        using var socket = new ClientWebSocket();

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"wss://origin.test:{proxy.Origin.HttpsPort}/ws/1"), invoker, CancellationToken.None));

        Assert.Equal("upgrade_not_allowed", proxy.Decisions()[^1].Reason);
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Events_AsTheyCome_AreNotHeld()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        using var client = new HttpClient(proxy.TrustingHandler());

        using var response = await client.GetAsync(Url(proxy, "/events"), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("data: one", await reader.ReadLineAsync());
        proxy.Origin.Released.SetResult();
        Assert.Contains("data: two", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_IsHandedBack()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        using var client = new HttpClient(proxy.TrustingHandler());

        using var response = await client.GetAsync(Url(proxy, "/redirect"));

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Single(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Authority_OfASession_IsItsOwnAndOnlyPublic()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        await using var other = await proxy.Component.OpenSessionAsync(proxy.Policy(Rules, ""), id: "s-other");
        await using var without = await proxy.Component.OpenSessionAsync(proxy.Policy("- { host: origin.test }", ""), id: "s-without");

        using var own = X509Certificate2.CreateFromPem(proxy.Session.Authority);
        using var others = X509Certificate2.CreateFromPem(other.Authority);

        Assert.Empty(without.Authority);
        Assert.DoesNotContain("PRIVATE", proxy.Session.Authority, StringComparison.Ordinal);
        Assert.False(own.HasPrivateKey);
        Assert.NotEqual(own.GetPublicKey(), others.GetPublicKey());
        Assert.DoesNotContain(Directory.EnumerateFiles(proxy.Component.RunDirectory, "*", SearchOption.AllDirectories), file => file.EndsWith(".pem", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("origin.test", "origin.test", true)]
    [InlineData("ORIGIN.test", "origin.TEST", true)]
    [InlineData("origin.test", "other.test", false)]
    [InlineData("origin.test", "", false)]
    public async Task ServerName_MustBeTheTunnelsHost(string host, string serverName, bool allowed)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);

        if (allowed)
        {
            await using var tls = await proxy.OpenTlsAsync(host, proxy.Origin.HttpsPort, serverName);
            Assert.True(tls.IsEncrypted);
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => proxy.OpenTlsAsync(host, proxy.Origin.HttpsPort, serverName));
            Assert.Equal(serverName.Length == 0 ? "sni_missing" : "host_mismatch", proxy.Decisions()[^1].Reason);
        }

        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Origin_ThatNobodyVouchesFor_IsNotTalkedTo()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, settings: ("EgressProxy:UpstreamRoots", ""));
        using var client = new HttpClient(proxy.TrustingHandler());

        using var response = await client.GetAsync(Url(proxy, "/v1/a"));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Session_ThatCloses_CutsInspectedTunnels()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        await using var tls = await proxy.OpenTlsAsync("origin.test", proxy.Origin.HttpsPort, "origin.test");

        await proxy.Component.CloseSessionAsync(proxy.Session.Id);

        var buffer = new byte[1];
        var read = 0;
        try
        {
            read = await tls.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
            // Cut without a farewell.
        }

        Assert.Equal(0, read);
    }

    internal static Uri Url(ProxyUnderTest proxy, string path) => new($"https://origin.test:{proxy.Origin.HttpsPort}{path}");
}
