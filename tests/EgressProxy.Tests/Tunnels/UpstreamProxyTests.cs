using System.Text;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.EgressProxy.Tests.Inspection;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.EgressProxy.Tests.Tunnels;

/// <summary>The operator's own HTTP proxy as the way out: asked for judged addresses only, with a credential that goes to it alone.</summary>
public sealed class UpstreamProxyTests
{
    private const string Value = "dXNlcjpwYXNz";

    private const string Rules = """
        - { host: origin.test, ports: [HTTP], allowPrivate: true }
        - { host: origin.test, ports: [HTTPS], allowPrivate: true, inspect: { methods: [GET], paths: [/**] } }
        - { host: cloud.test, ports: [HTTP], allowPrivate: true }
        """;

    private const string Secrets = """
        secrets:
          corp: { embedded: corp, deliver: { header: Proxy-Authorization, prefix: "Basic ", host: 127.0.0.1 } }
        """;

    [Fact]
    public async Task EveryWayOut_GoesThroughIt_ToTheJudgedAddress()
    {
        await using var broker = await FakeBroker.StartAsync(Value, "Proxy-Authorization", "Basic ");
        await using var upstream = new FakeUpstreamProxy();
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, [.. broker.Settings, ("EgressProxy:UpstreamProxy", upstream.Url)]);
        using var client = new HttpClient(proxy.TrustingHandler());
        var port = proxy.Origin.HttpPort;

        var plain = await proxy.SendRawAsync($"GET http://origin.test:{port}/a HTTP/1.1\r\nHost: origin.test:{port}\r\nProxy-Authorization: mine\r\nConnection: close\r\n\r\n", finish: false);
        var tunnel = await proxy.SendRawAsync($"CONNECT origin.test:{port} HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n", finish: false);
        var inspected = await client.GetStringAsync(InspectionTests.Url(proxy, "/c"));

        Assert.All([plain, tunnel, inspected], answer => Assert.Contains("origin:", answer, StringComparison.Ordinal));
        Assert.Equal(
            new[] { port, port, proxy.Origin.HttpsPort }.Select(to => $"CONNECT 127.0.0.1:{to} HTTP/1.1\r\nHost: 127.0.0.1:{to}\r\nProxy-Authorization: Basic {Value}\r\n\r\n"),
            upstream.Heads);
        Assert.DoesNotContain(proxy.Origin.Requests, request => request.Headers.ContainsKey("Proxy-Authorization"));
        Assert.All(broker.Draws, draw => Assert.Equal(("corp", "127.0.0.1", "CONNECT", $"http://127.0.0.1:{draw.Port}"), (draw.Name, draw.Host, draw.Method, upstream.Url)));
        Assert.Equal(3, broker.Returned.Count);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("other.test, 10.0.0.0/8", true)]
    [InlineData("*.origin.test", true)]
    [InlineData("ORIGIN.test.", false)]
    [InlineData("10.0.0.0/8,127.0.0.0/8", false)]
    public async Task Destination_OfTheBypass_IsDialledWithoutIt(string bypass, bool isAsked)
    {
        await using var upstream = new FakeUpstreamProxy();
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "", ("EgressProxy:UpstreamProxy", upstream.Url), ("EgressProxy:UpstreamProxyBypass", bypass));
        var port = proxy.Origin.HttpPort;

        var answer = await proxy.SendRawAsync($"GET http://origin.test:{port}/a HTTP/1.1\r\nHost: origin.test:{port}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Contains("origin:", answer, StringComparison.Ordinal);
        Assert.Equal(isAsked ? 1 : 0, upstream.Heads.Count);
    }

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("http://corp.test")]
    [InlineData("0.0.0.0/0")]
    [InlineData("a.test:80")]
    [InlineData("*")]
    [InlineData("127.1")]
    [InlineData("corp.test,10.0.0.0/8,*.intern.test,::1", true)]
    public void Bypass_ThatIsNone_EndsTheStart(string list, bool isOne = false)
    {
        var options = Options.Create(new EgressProxyOptions { UpstreamProxy = "http://proxy.test:3128", UpstreamProxyBypass = list });

        var error = Record.Exception(() => new WayOut(options, new ScriptedResolver(), null!, TimeProvider.System));

        Assert.Equal(!isOne, error is StartupException { Message: var message } && message.Contains(list, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Destination_ThatIsRefusedHere_IsNotAskedOfIt()
    {
        await using var upstream = new FakeUpstreamProxy();
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "", ("EgressProxy:UpstreamProxy", upstream.Url));
        proxy.Resolver.Answer("cloud.test", ["169.254.169.254"]);

        await proxy.SendRawAsync($"CONNECT cloud.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n");
        await proxy.SendRawAsync($"CONNECT other.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n");

        Assert.Equal(["address_metadata", "no_rule"], proxy.Decisions().Select(record => record.Reason));
        Assert.Empty(upstream.Heads);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 1)]
    [InlineData("SSH-2.0-x\r\n\r\n", 1)]
    [InlineData(null, 0)]
    public async Task Proxy_ThatDoesNotLetItThrough_OrNoCredential_IsUnreachable(string? answer, int heads)
    {
        await using var broker = await FakeBroker.StartAsync(Value, refuse: answer is null ? (Grpc.Core.StatusCode.Unavailable, "secret_unavailable") : null);
        await using var upstream = new FakeUpstreamProxy(answer ?? "HTTP/1.1 200 OK\r\n\r\n");
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, [.. broker.Settings, ("EgressProxy:UpstreamProxy", upstream.Url)]);
        var port = proxy.Origin.HttpPort;

        var tunnel = await proxy.SendRawAsync($"CONNECT origin.test:{port} HTTP/1.1\r\n\r\n");
        var plain = await proxy.SendRawAsync($"GET http://origin.test:{port}/a HTTP/1.1\r\nHost: origin.test:{port}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.All([tunnel, plain], answered => Assert.Equal((502, "upstream_unreachable"), (ProxyUnderTest.StatusOf(answered), ProxyUnderTest.ErrorOf(answered).GetProperty("reason").GetString())));
        Assert.Equal(heads * 2, upstream.Heads.Count(head => head.Length > 0));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Theory]
    [InlineData("https://proxy.test:3128")]
    [InlineData("http://user:word@proxy.test:3128")]
    [InlineData("http://proxy.test:3128/path")]
    [InlineData("proxy.test:3128")]
    [InlineData("http://proxy.test:3128", "proxy.test")]
    public void Address_ThatIsNone_EndsTheStart(string url, string? host = null)
    {
        var options = Options.Create(new EgressProxyOptions { UpstreamProxy = url });
        var start = () => new WayOut(options, new ScriptedResolver(), null!, TimeProvider.System);

        var error = Record.Exception(start);

        Assert.Equal(host is null, error is StartupException { Message: var message } && message.Contains("http://HOST:PORT", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nmore", "Complete", 200, 19)]
    [InlineData("HTTP/1.0 407 \r\nA: b\r\n\r\n", "Complete", 407, 23)]
    [InlineData("HTTP/1.1 200 OK\r\n", "Incomplete", 0, 0)]
    [InlineData("HT", "Incomplete", 0, 0)]
    [InlineData("", "Incomplete", 0, 0)]
    [InlineData("HTTP/2 200\r\n\r\n", "Malformed", 0, 0)]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n", "Malformed", 0, 0)]
    [InlineData("HTTP/1.1 -12\r\n\r\n", "Malformed", 0, 0)]
    [InlineData("HTTP/1.1\r\n\r\n", "Malformed", 0, 0)]
    [InlineData("SSH", "Malformed", 0, 0)]
    public void Answer_IsReadToItsEmptyLine(string text, string status, int code, int length)
    {
        var answer = ProxyAnswer.Parse(Encoding.Latin1.GetBytes(text));

        Assert.Equal((status, code, length), (answer.Status.ToString(), answer.Code, answer.Length));
        Assert.Equal(HeadStatus.Malformed, ProxyAnswer.Parse(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + new string('a', ProxyAnswer.MaxLength))).Status);
    }
}
