using System.Net;
using SecureAgent.EgressProxy.Tests.Inspection;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Limits;

/// <summary>Fields, sizes and time of the requests of one rule, in tunnels and in plain HTTP.</summary>
public sealed class RuleLimitsTests
{
    [Theory]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    [InlineData("1.1", false)]
    public async Task Fields_ThatTheRuleDoesNotLetOut_StayHere(string version, bool tls)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("headers: [X-Mine*, Accept, content-type], stripHeaders: [x-mine-too]"));
        using var client = Client(proxy, version);
        using var request = Request(proxy, tls, HttpMethod.Post, "/v1/a", new StringContent("hello"));
        foreach (var name in new[] { "x-mine", "X-Mine-2", "X-Mine-Too", "X-Other", "Authorization", "Cookie", "Accept" })
        {
            request.Headers.TryAddWithoutValidation(name, "a");
        }

        using var response = await client.SendAsync(request);

        Assert.Equal("origin:hello", await response.Content.ReadAsStringAsync());
        var received = Assert.Single(proxy.Origin.Requests).Headers.Keys.Select(name => name.ToLowerInvariant()).Except(["content-length", "transfer-encoding", "host"]).ToList();
        Assert.Equal(["accept", "content-type", "x-mine", "x-mine-2"], received.Order());
        var stripped = proxy.Decisions()[^1].Facts["stripped"].Split(", ").Select(name => name.ToLowerInvariant()).Where(name => name != "traceparent").Order();
        Assert.Equal(["authorization", "cookie", "x-mine-too", "x-other"], stripped);
    }

    [Theory]
    [InlineData(10, false, true, HttpStatusCode.OK, "allowed_by_rule")]
    [InlineData(11, false, true, HttpStatusCode.RequestEntityTooLarge, "request_too_large")]
    [InlineData(11, false, false, HttpStatusCode.RequestEntityTooLarge, "request_too_large")]
    [InlineData(10, true, true, HttpStatusCode.OK, "allowed_by_rule")]
    public async Task Body_LongerThanTheRuleAllows_IsRefused(int length, bool chunked, bool tls, HttpStatusCode status, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("maxRequest: 10B"));
        using var client = Client(proxy, "1.1");
        using var request = Request(proxy, tls, HttpMethod.Post, "/v1/a", new ByteArrayContent(new byte[length]));
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await client.SendAsync(request);

        Assert.Equal((status, reason), (response.StatusCode, proxy.Decisions()[^1].Reason));
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, proxy.Origin.Requests.Count);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Body_ThatDidNotSayItsLength_IsCutAtTheLimit(string version)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("maxRequest: 10B"));
        using var client = Client(proxy, version);
        using var request = Request(proxy, tls: true, HttpMethod.Post, "/v1/a", new ByteArrayContent(new byte[11]));
        request.Content!.Headers.ContentLength = null;
        request.Headers.TransferEncodingChunked = version == "1.1";

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("request_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Origin.Requests, received => received.Body.Length > 10);
        await RecordedAsync(proxy, "request_too_large");
    }

    [Theory]
    [InlineData("[1,2,3,45]", "allowed_by_rule")]
    [InlineData("[1,2,3,456]", "request_too_large")]
    public async Task Body_ThatIsSearchedForCredentials_IsReadToTheLimitOnly(string json, string reason)
    {
        await using var broker = await FakeBroker.StartAsync("sk-live-7d1f00aa");
        await using var proxy = await ProxyUnderTest.StartAsync(
            Rule("maxRequest: 10B").Replace("inspect:", "inject: key, inspect:", StringComparison.Ordinal),
            "secrets:\n  key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }",
            broker.Settings);
        using var client = Client(proxy, "1.1");
        using var request = Request(proxy, tls: true, HttpMethod.Post, "/v1/a", new StringContent(json));
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request);

        Assert.Equal(reason, proxy.Decisions()[^1].Reason);
        Assert.Equal(reason == "allowed_by_rule" ? 1 : 0, broker.Draws.Count);
    }

    [Theory]
    [InlineData("/v1/length/10", HttpStatusCode.OK)]
    [InlineData("/v1/length/11", HttpStatusCode.BadGateway)]
    public async Task Answer_ThatSaysItIsTooLong_IsNotHandedOn(string path, HttpStatusCode status)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("maxResponse: 10B"));
        using var client = Client(proxy, "1.1");

        using var response = await client.GetAsync(InspectionTests.Url(proxy, path));

        Assert.Equal(status, response.StatusCode);
        if (status != HttpStatusCode.OK)
        {
            Assert.Contains("response_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await RecordedAsync(proxy, "response_too_large");
        }
    }

    [Fact]
    public async Task Answer_ThatGrowsTooLong_BreaksOff()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("maxResponse: 15B"));
        using var client = Client(proxy, "1.1");
        using var response = await client.GetAsync(InspectionTests.Url(proxy, "/events"), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[11];
        await body.ReadExactlyAsync(first);

        proxy.Origin.Released.SetResult();

        Assert.Equal("data: one\n\n"u8.ToArray(), first);
        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1]));
        await RecordedAsync(proxy, "response_too_large");
    }

    [Fact]
    public async Task Request_ThatTakesTooLong_IsCut()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rule("maxTime: 100ms"));
        using var client = Client(proxy, "1.1");

        using var response = await client.GetAsync(InspectionTests.Url(proxy, "/hang"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("time_exceeded", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await RecordedAsync(proxy, "time_exceeded");
    }

    private static string Rule(string limits) =>
        $"- {{ host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true, inspect: {{ methods: [GET, POST], paths: [/v1/**, /events, /hang], {limits} }} }}";

    private static HttpRequestMessage Request(ProxyUnderTest proxy, bool tls, HttpMethod method, string path, HttpContent content) =>
        new(method, tls ? InspectionTests.Url(proxy, path) : new Uri($"http://origin.test:{proxy.Origin.HttpPort}{path}")) { Content = content };

    private static HttpClient Client(ProxyUnderTest proxy, string version) =>
        new(new VersionHandler(proxy.TrustingHandler(), Version.Parse(version)));

    private static async Task RecordedAsync(ProxyUnderTest proxy, string why)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!proxy.Component.Records().Any(record => record.Kind == "egress.cut" && record.Facts["why"] == why))
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Sets it on requests that are made by hand, too.</summary>
    private sealed class VersionHandler(HttpMessageHandler inner, Version version) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
