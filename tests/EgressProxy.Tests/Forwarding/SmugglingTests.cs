using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Forwarding;

/// <summary>Requests written to be read in two ways. Each row is refused whole; the last test is what remains when nothing is odd.</summary>
public sealed class SmugglingTests
{
    private const string Hidden = "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + Hidden)]
    [InlineData("Content-Length: 4\r\nContent-Length: 40\r\n", "body" + Hidden)]
    [InlineData("Content-Length: 4\r\nContent-Length: 4\r\n", "body")]
    [InlineData("Content-Length: 4, 4\r\n", "body")]
    [InlineData("Content-Length: -1\r\n", "body")]
    [InlineData("Content-Length: 0x4\r\n", "body")]
    [InlineData("Transfer-Encoding: gzip, chunked, identity\r\n", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")]
    [InlineData("Host: other.test\r\n", "")]
    [InlineData("X: a\0b\r\n", "")]
    [InlineData("X : a\r\n", "")]
    [InlineData(" folded: a\r\n", "")]
    public async Task Request_ThatCanBeReadTwoWays_NeverReachesTheOrigin(string fields, string body)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await ForwardTests.GetAsync(proxy, "/", fields, "POST", body);

        Assert.InRange(ProxyUnderTest.StatusOf(response), 400, 501);
        Assert.Empty(proxy.Origin.Requests);
        Assert.All(proxy.Decisions(), record => Assert.Equal((false, "request_malformed"), (record.IsAllowed, record.Reason)));
        Assert.NotEmpty(proxy.Decisions());
    }

    [Theory]
    [InlineData("other.test")]
    [InlineData("origin.test:1")]
    [InlineData("")]
    public async Task Host_ThatIsNotTheTargets_IsRefused(string host)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await proxy.SendRawAsync($"GET http://origin.test:{proxy.Origin.HttpPort}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Equal(400, ProxyUnderTest.StatusOf(response));
        Assert.Empty(proxy.Origin.Requests);
        Assert.Equal("request_malformed", Assert.Single(proxy.Decisions()).Reason);
    }

    [Fact]
    public async Task Heads_TooLong_AreRefusedAndOnRecord()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var fields = await ForwardTests.GetAsync(proxy, "/", $"X: {new string('x', 70_000)}\r\n");
        var line = await ForwardTests.GetAsync(proxy, $"/{new string('x', 20_000)}");
        var control = await ForwardTests.GetAsync(proxy, $"/{new string('x', 10_000)}", $"X: {new string('x', 20_000)}\r\n");

        Assert.Equal((431, 414), (ProxyUnderTest.StatusOf(fields), ProxyUnderTest.StatusOf(line)));
        // The origin's own limit, reached through the proxy.
        Assert.InRange(ProxyUnderTest.StatusOf(control), 400, 431);
        Assert.Equal([false, false, true], proxy.Decisions().Select(record => record.IsAllowed));
    }

    [Theory]
    [InlineData("TRACE", "", "method_not_allowed")]
    [InlineData("GET", "Upgrade: websocket\r\n", "upgrade_not_allowed")]
    [InlineData("GET", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "upgrade_not_allowed")]
    [InlineData("GET", "Upgrade: SPDY/3.1\r\n", "upgrade_not_allowed")]
    [InlineData("GET", "", "allowed_by_rule")]
    public async Task Method_OrUpgrade_IsLetThroughOnlyWhenPlain(string method, string fields, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await ForwardTests.GetAsync(proxy, "/", fields, method);

        Assert.Equal(reason == "allowed_by_rule" ? 200 : 403, ProxyUnderTest.StatusOf(response));
        Assert.Equal(reason, Assert.Single(proxy.Decisions()).Reason);
    }

    [Fact]
    public async Task Fields_OfThisHop_StayHere()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        var authority = $"origin.test:{proxy.Origin.HttpPort}";

        await proxy.SendRawAsync(
            $"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: X-Hop, host\r\nX-Hop: 1\r\nProxy-Authorization: Basic Zm9v\r\nProxy-Thing: x\r\nKeep-Alive: 5\r\nTE: trailers\r\nTrailer: X\r\nX-End: 2\r\nX-Latin: \u00e9\r\n\r\n"
            + $"GET http://{authority}/last HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n",
            finish: false);

        var headers = proxy.Origin.Requests.First().Headers;
        Assert.Equal(["Host", "X-End", "X-Latin"], headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("2", "\u00e9"), (headers["X-End"], headers["X-Latin"]));
    }

    /// <summary>What Kestrel reads leniently leaves in one strict spelling: the origin cannot read it another way.</summary>
    [Theory]
    [InlineData("Content-Length: +4\r\n", "body", "Content-Length", "4")]
    [InlineData("X: a\nSecond: b\r\nContent-Length: 4\r\n", "body", "Second", "b")]
    public async Task Leniency_OfTheReader_IsNotPassedOn(string fields, string body, string name, string value)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        await ForwardTests.GetAsync(proxy, "/", fields, "POST", body);

        var received = Assert.Single(proxy.Origin.Requests);
        Assert.Equal(("body", value), (received.Body, received.Headers[name]));
    }

    [Fact]
    public async Task Body_Chunked_ArrivesWhole()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await ForwardTests.GetAsync(proxy, "/", "Transfer-Encoding: chunked\r\n", "POST", "5\r\nhello\r\n0\r\n\r\n");

        Assert.Equal(200, ProxyUnderTest.StatusOf(response));
        Assert.Equal("hello", Assert.Single(proxy.Origin.Requests).Body);
    }
}
