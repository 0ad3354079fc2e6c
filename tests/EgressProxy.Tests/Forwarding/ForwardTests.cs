using System.Net;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Forwarding;

public sealed class ForwardTests
{
    [Fact]
    public async Task Http_ToAnAllowedOrigin_IsForwardedAndOnRecord()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var client = proxy.Client();

        var response = await client.PostAsync(Url(proxy, "/things?q=1"), new StringContent("hello"));

        Assert.Equal("origin:hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("yes", response.Headers.GetValues("X-Origin").Single());
        var received = Assert.Single(proxy.Origin.Requests);
        Assert.Equal(("POST", "/things?q=1", $"origin.test:{proxy.Origin.HttpPort}"), (received.Method, received.RawTarget, received.Host));
        var record = Assert.Single(proxy.Decisions());
        Assert.Equal((true, "http", "POST", "127.0.0.1"), (record.IsAllowed, record.Facts["via"], record.Facts["method"], record.Facts["address"]));
    }

    [Theory]
    [InlineData("/a%2Fb%41/../c?x=%2e%2e&y=a+b")]
    [InlineData("//double//slash/")]
    [InlineData("/health")]
    [InlineData("/secureagent.gate.v1.GateControl/OpenSession")]
    [InlineData("/?")]
    [InlineData("/a;b=c,d/@:!$&'()*")]
    public async Task Path_OfAnySpelling_ArrivesByteForByte(string path)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await GetAsync(proxy, path);

        Assert.Equal(200, ProxyUnderTest.StatusOf(response));
        Assert.Equal(path, Assert.Single(proxy.Origin.Requests).RawTarget);
    }

    [Theory]
    [InlineData("http://other.test:HTTP/", 403, "no_rule")]
    [InlineData("http://origin.test:1/", 403, "port_not_allowed")]
    [InlineData("http://origin.test/", 403, "port_not_allowed")]
    [InlineData("http://sub.origin.test:HTTP/", 403, "no_rule")]
    [InlineData("https://origin.test:HTTP/", 403, "scheme_not_allowed")]
    [InlineData("ftp://origin.test:HTTP/", 400, "request_malformed")]
    [InlineData("ws://origin.test:HTTP/", 400, "request_malformed")]
    [InlineData("http://origin.test:0080/", 400, "request_malformed")]
    [InlineData("/", 400, "request_malformed")]
    [InlineData("http://origin.test:HTTP/a\\b", 400, "request_malformed")]
    [InlineData("http://origin.test:HTTP/a#b", 400, "request_malformed")]
    public async Task Target_ThatIsNotAllowed_GetsAReason(string target, int status, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        target = target.Replace("HTTP", $"{proxy.Origin.HttpPort}", StringComparison.Ordinal);
        var host = target.StartsWith('/') ? "origin.test" : new Uri(target).Authority;

        var response = await proxy.SendRawAsync($"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Equal(status, ProxyUnderTest.StatusOf(response));
        Assert.Equal(reason, Assert.Single(proxy.Decisions()).Reason);
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Refusal_OfAnUnknownHost_TellsWhatToAskFor()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var client = proxy.Client();

        var response = await client.GetAsync(new Uri("http://other.test:8080/x"));

        Assert.Equal((HttpStatusCode.Forbidden, "application/json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var error = ProxyUnderTest.ErrorOf(await response.Content.ReadAsStringAsync());
        Assert.Equal(
            ("no_rule", "no rule", "other.test", 8080),
            (error.GetProperty("reason").GetString(), error.GetProperty("rule").GetString(), error.GetProperty("host").GetString(), error.GetProperty("port").GetInt32()));
        Assert.Contains("other.test", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_OnOneConnection_AreJudgedEach()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        var good = $"origin.test:{proxy.Origin.HttpPort}";

        var response = await proxy.SendRawAsync(
            $"GET http://{good}/1 HTTP/1.1\r\nHost: {good}\r\n\r\n"
            + $"GET http://other.test:{proxy.Origin.HttpPort}/2 HTTP/1.1\r\nHost: other.test:{proxy.Origin.HttpPort}\r\n\r\n"
            + $"CONNECT {good} HTTP/1.1\r\nHost: {good}\r\n\r\n"
            + $"GET http://{good}/3 HTTP/1.1\r\nHost: {good}\r\nConnection: close\r\n\r\n",
            finish: false);

        Assert.Equal(["200", "403", "400", "200"], response.Split("HTTP/1.1 ").Skip(1).Select(part => part[..3]));
        Assert.Equal(["allowed_by_rule", "no_rule", "request_malformed", "allowed_by_rule"], proxy.Decisions().Select(record => record.Reason));
        Assert.Equal(["/1", "/3"], proxy.Origin.Requests.Select(request => request.RawTarget));
    }

    [Fact]
    public async Task Redirect_ByTheOrigin_IsHandedBackAndNotFollowed()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await GetAsync(proxy, "/redirect");

        Assert.Equal(302, ProxyUnderTest.StatusOf(response));
        Assert.Single(proxy.Decisions());
    }

    [Fact]
    public async Task Session_Closed_CutsItsRequests()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var client = proxy.Client();
        var hanging = client.GetAsync(Url(proxy, "/hang"));
        await proxy.Origin.Hanging.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await proxy.Component.CloseSessionAsync(proxy.Session.Id, "killed");

        await Assert.ThrowsAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task Sessions_DoNotShareRulesOrNames()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        await using var other = await proxy.Component.OpenSessionAsync(proxy.Policy("- { host: elsewhere.test }", ""), id: "s-other");
        await GetAsync(proxy, "/");

        using var socket = await other.ConnectAsync();
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET http://origin.test:{proxy.Origin.HttpPort}/ HTTP/1.1\r\nHost: origin.test:{proxy.Origin.HttpPort}\r\nConnection: close\r\n\r\n"));

        Assert.Equal(403, ProxyUnderTest.StatusOf(await ProxyUnderTest.ReadToEndAsync(socket)));
        Assert.Equal([("s-test", true), ("s-other", false)], proxy.Decisions().Select(record => (record.Session, record.IsAllowed)));
    }

    internal static Uri Url(ProxyUnderTest proxy, string path) => new($"http://origin.test:{proxy.Origin.HttpPort}{path}");

    internal static async Task<string> GetAsync(ProxyUnderTest proxy, string path, string fields = "", string method = "GET", string body = "")
    {
        var authority = $"origin.test:{proxy.Origin.HttpPort}";
        var close = fields.Contains("Connection: ", StringComparison.Ordinal) ? "" : "Connection: close\r\n";
        return await proxy.SendRawAsync($"{method} http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\n{close}{fields}\r\n{body}", finish: false);
    }
}
