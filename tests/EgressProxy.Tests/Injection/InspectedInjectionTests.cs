using System.Net;
using System.Text;
using SecureAgent.EgressProxy.Tests.Inspection;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Injection;

/// <summary>The same over TLS that is opened: added outside, alone, only where the rule says, and never handed back.</summary>
public sealed class InspectedInjectionTests
{
    private const string Value = "sk-live-7d1f00aa";

    private const string Rules = """
        - { host: origin.test, ports: [HTTP, HTTPS], inject: key, allowPrivate: true, inspect: { methods: [GET, POST], paths: [/v1/*, /echo, /compressed] } }
        """;

    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }
        """;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Credential_ReachesTheOriginOverTls_OnListedPathsOnly(string version)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        using var client = Client(proxy, version);
        client.DefaultRequestHeaders.Add("traceparent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-01");

        using var allowed = await client.GetAsync(InspectionTests.Url(proxy, "/v1/a"));
        using var refused = await client.GetAsync(InspectionTests.Url(proxy, "/v2/a"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (allowed.StatusCode, refused.StatusCode));
        Assert.Equal(Value, Assert.Single(proxy.Origin.Requests).Headers["x-api-key"]);
        var draw = Assert.Single(broker.Draws);
        Assert.Equal(("key", "origin.test", proxy.Origin.HttpsPort, "GET"), (draw.Name, draw.Host, draw.Port, draw.Method));
        Assert.Equal(["l-1"], broker.Returned);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", Assert.Single(broker.Traces), StringComparison.Ordinal);
        Assert.Equal("l-1", proxy.Decisions().Single(record => record.Facts.ContainsKey("lease")).Facts["lease"]);
    }

    // Ten places, and the last rows are what the guard must not mistake for a credential.
    [Theory]
    [InlineData("/v1/a", "Authorization: Bearer mine", null, null, "credential_foreign")]
    [InlineData("/v1/a", "Api-Key: mine", null, null, "credential_foreign")]
    [InlineData("/v1/a", "Cookie: session=mine", null, null, "credential_foreign")]
    [InlineData("/v1/a?access_token=mine", null, null, null, "credential_foreign")]
    [InlineData("/v1/a?%6bey=mine", null, null, null, "credential_foreign")]
    [InlineData("/v1/a", null, "application/json", """{"a":[{"api_key":"mine"}]}""", "credential_foreign")]
    [InlineData("/v1/a", null, "application/json", """{"a":1,"\u0061pi_key":"mine"}""", "credential_foreign")]
    [InlineData("/v1/a", null, "application/octet-stream", """ {"client_secret":"mine"}""", "credential_foreign")]
    [InlineData("/v1/a", null, "application/x-www-form-urlencoded", "a=1&access%5Ftoken=mine", "credential_foreign")]
    [InlineData("/v1/a", null, "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nmine\r\n--B--\r\n", "credential_foreign")]
    [InlineData("/v1/a", "Content-Encoding: gzip", "application/json", "x", "unsupported")]
    [InlineData("/v1/a", null, "application/json", "{\"a\":", "request_malformed")]
    [InlineData("/v1/a", null, "application/json", """{"prompt":"api_key password","n":1}""", "allowed_by_rule")]
    [InlineData("/v1/a", null, "application/x-www-form-urlencoded", "q=password", "allowed_by_rule")]
    [InlineData("/v1/a", null, "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nmine\r\n--B--\r\n", "allowed_by_rule")]
    [InlineData("/v1/a", "X-Api-Key: placeholder", "application/octet-stream", "\u0001\u0002 password=1", "allowed_by_rule")]
    public async Task Credential_OfTheAgent_DoesNotPass(string path, string? field, string? type, string? body, string reason)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        using var client = Client(proxy, "1.1");
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, InspectionTests.Url(proxy, path));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (field?.Split(": ") is [var name, var value] && !request.Headers.TryAddWithoutValidation(name, value))
        {
            request.Content!.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);

        Assert.Equal(reason, proxy.Decisions()[^1].Reason);
        Assert.Equal(reason == "allowed_by_rule" ? 1 : 0, broker.Draws.Count);
        if (reason == "allowed_by_rule")
        {
            Assert.Equal((body ?? "", Value), (Assert.Single(proxy.Origin.Requests).Body, proxy.Origin.Requests.First().Headers["x-api-key"]));
        }
        else
        {
            Assert.Empty(proxy.Origin.Requests);
        }
    }

    [Fact]
    public async Task Body_LongerThanIsSearched_IsRefused()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        using var client = Client(proxy, "1.1");

        using var response = await client.PostAsync(InspectionTests.Url(proxy, "/v1/a"), new StringContent($"[\"{new string('a', 5 << 20)}\"]", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("request_too_large", proxy.Decisions()[^1].Reason);
    }

    [Theory]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    [InlineData("1.1", false)]
    public async Task Echo_OfTheValue_IsMasked(string version, bool tls)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        using var client = Client(proxy, version);
        var url = tls ? InspectionTests.Url(proxy, "/echo") : new Uri($"http://origin.test:{proxy.Origin.HttpPort}/echo");
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("Range", "bytes=0-3");
        request.Headers.TryAddWithoutValidation("X-Mine", "sk-live-other");

        using var response = await client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(Value, Assert.Single(proxy.Origin.Requests).Headers["x-api-key"]);
        Assert.DoesNotContain(Value, body, StringComparison.Ordinal);
        Assert.Contains("x-api-key: ****************", body, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("sk-live-other", body, StringComparison.Ordinal);
        Assert.EndsWith("end", body, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, response.Headers.ToString(), StringComparison.Ordinal);
        Assert.Contains("****************", response.Headers.GetValues("X-Echo").Single(), StringComparison.Ordinal);
        Assert.False(proxy.Origin.Requests.First().Headers.ContainsKey("Range"));
    }

    [Fact]
    public async Task Answer_ThatIsCompressedAllTheSame_IsNotHandedOn()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);
        using var client = Client(proxy, "1.1");

        using var response = await client.GetAsync(InspectionTests.Url(proxy, "/compressed"));

        Assert.Contains("\"reason\":\"unsupported\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    private static HttpClient Client(ProxyUnderTest proxy, string version) =>
        new(proxy.TrustingHandler()) { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
