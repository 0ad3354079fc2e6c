using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Injection;

/// <summary><c>secret://NAME</c> where the agent would have a key: replaced outside, at listed places only, or the request fails.</summary>
public sealed class PlaceholderTests
{
    private const string Value = "sk-live/7d1f00aa";

    private const string Rules = """
        - { host: plain.test, ports: [HTTP], allowPrivate: true }
        - host: origin.test
          ports: [HTTP, HTTPS]
          allowPrivate: true
          inspect: { methods: [GET, POST], paths: [/**] }
          placeholders: [{ secret: key, fields: [X-Api-Key, authorization], query: [key, 'a b'], body: [api_key, auth.token, a b] }, { secret: other, fields: [x-other] }]
        """;

    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: unused, host: origin.test } }
          other: { embedded: other, deliver: { header: unused, host: origin.test } }
          third: { embedded: third, deliver: { header: unused, host: origin.test } }
        """;

    [Theory]
    [InlineData("/v1", "x-api-key: secret://key", "x-api-key", Value, "/v1")]
    [InlineData("/v1", "Authorization: Bearer secret://key", "authorization", "Bearer " + Value, "/v1")]
    [InlineData("/v1?a=%2F&key=secret://key&b=c;d", "", null, "", "/v1?a=%2F&key=sk-live%2F7d1f00aa&b=c;d")]
    [InlineData("/v1?a%20b=secret%3a%2F%2Fkey", "", null, "", "/v1?a%20b=sk-live%2F7d1f00aa")]
    [InlineData("/v1?key=secret://key", "X-Other: secret://other", "x-other", Value, "/v1?key=sk-live%2F7d1f00aa")]
    public async Task Placeholder_AtAListedPlace_IsReplaced_AndItsValueDoesNotComeBack(string target, string field, string? received, string value, string sent)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        await AskAsync(proxy, target, field);
        var echo = await AskAsync(proxy, target.Replace("/v1", "/echo", StringComparison.Ordinal), field);

        var request = proxy.Origin.Requests.First();
        Assert.Equal(sent, request.RawTarget);
        Assert.True(received is null || request.Headers[received] == value);
        Assert.DoesNotContain("secret:", string.Join(' ', request.Headers.Values), StringComparison.Ordinal);
        Assert.DoesNotContain(Value, echo, StringComparison.Ordinal);
        Assert.Equal(broker.Draws.Count, broker.Returned.Count);
        Assert.All(broker.Draws, draw => Assert.Equal(("origin.test", proxy.Origin.HttpPort, "GET"), (draw.Host, draw.Port, draw.Method)));
        Assert.StartsWith("l-1", proxy.Decisions()[0].Facts["lease"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Placeholder_AnywhereElse_FailsTheRequest()
    {
        (string Target, string Field, string Reason, int Draws)[] rows =
        [
            ("/v1", "x-api-key: secret://key", "allowed_by_rule", 1),
            ("/v1", "", "allowed_by_rule", 0),
            ("/v1", "x-mine: secret://key", "placeholder_misplaced", 0),
            ("/v1", "x-other: secret://key", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: secret://third", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: SECRET://key", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: secret://key mine", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: mine secret://key more", "placeholder_misplaced", 0),
            ("/v1", "Authorization: Bearer a secret://key", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: secret://key\r\nx-api-key: mine", "placeholder_misplaced", 0),
            ("/v1?q=secret://key", "", "placeholder_misplaced", 0),
            ("/v1?key=asecret://key", "", "placeholder_misplaced", 0),
            ("/v1?key=Bearer%20secret://key", "", "placeholder_misplaced", 0),
            ("/v1?secret://key", "", "placeholder_misplaced", 0),
            ("/v1", "x-api-key: mine", "credential_foreign", 0),
            ("/v1?key=mine", "x-api-key: secret://key", "credential_foreign", 0),
            ("/v1?key=mine&key=secret://key", "", "credential_foreign", 0),
            ("/v1", "x-api-key: secret://key\r\nCookie: a=mine", "credential_foreign", 0),
        ];
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        foreach (var row in rows)
        {
            await AskAsync(proxy, row.Target, row.Field);
        }

        Assert.Equal(
            rows.Select(row => (row.Target, row.Field, row.Reason)),
            proxy.Decisions().Select((record, at) => (rows[at].Target, rows[at].Field, record.Reason ?? "")));
        Assert.Equal(rows.Sum(row => row.Draws), broker.Draws.Count);
        Assert.Equal(rows.Count(row => row.Reason == "allowed_by_rule"), proxy.Origin.Requests.Count);
    }

    [Theory]
    [InlineData("application/json", """{"a": 1, "api_key" : "secret://key", "b": ["x"]}""", """{"a": 1, "api_key" : "sk-live/7d1f00aa", "b": ["x"]}""")]
    [InlineData("application/json", """ {"auth":{"token":"secret:\/\/key"},"n":{}} """, """ {"auth":{"token":"sk-live/7d1f00aa"},"n":{}} """)]
    [InlineData("application/json", """{"api_key":"secret://key","auth":{"token":"secret://key"}}""", """{"api_key":"sk-live/7d1f00aa","auth":{"token":"sk-live/7d1f00aa"}}""")]
    [InlineData("application/x-www-form-urlencoded", "x=%2F&api_key=secret://key&y=a+b", "x=%2F&api_key=sk-live%2F7d1f00aa&y=a+b")]
    [InlineData("application/x-www-form-urlencoded", "a+b=secret%3a%2F%2Fkey", "a+b=sk-live%2F7d1f00aa")]
    [InlineData("application/json", """{"api-host":"origin","list":["mine"]}""", """{"api-host":"origin","list":["mine"]}""")]
    public async Task Placeholder_AtAListedPlaceOfABody_IsReplaced_AndTheRestStaysByteForByte(string type, string body, string received)
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var answer = await PostAsync(proxy, type, body);
        await PostAsync(proxy, type, body, isChunked: true);

        Assert.Equal([received, received], proxy.Origin.Requests.Select(request => request.Body));
        Assert.Equal($"{received.Length}", proxy.Origin.Requests.First().Headers["content-length"]);
        Assert.Equal("chunked", proxy.Origin.Requests.Last().Headers["transfer-encoding"]);
        Assert.DoesNotContain(Value, Uri.UnescapeDataString(answer), StringComparison.Ordinal);
        Assert.Equal(body == received ? 0 : 2, broker.Draws.Count);
        Assert.Equal(broker.Draws.Count, broker.Returned.Count);
    }

    [Fact]
    public async Task Placeholder_AnywhereElseInABody_FailsTheRequest()
    {
        const string Json = "application/json", Form = "application/x-www-form-urlencoded";
        (string Type, string Body, string Reason)[] rows =
        [
            (Json, """{"api_key":"secret://key"}""", "allowed_by_rule"),
            (Json, """{"other":"secret://key"}""", "placeholder_misplaced"),
            (Json, """{"api_key":"secret://other"}""", "placeholder_misplaced"),
            (Json, """{"api_key":"secret://third"}""", "placeholder_misplaced"),
            (Json, """{"api_key":"Bearer secret://key"}""", "placeholder_misplaced"),
            (Json, """{"api_key":"secret://key and more"}""", "placeholder_misplaced"),
            (Json, """{"api_key":"\u0073ecret://key mine"}""", "placeholder_misplaced"),
            (Json, """{"api_key":["secret://key"]}""", "placeholder_misplaced"),
            (Json, """{"auth":[{"token":"secret://key"}]}""", "placeholder_misplaced"),
            (Json, """{"auth.token":"secret://key"}""", "placeholder_misplaced"),
            (Json, """{"x":{"api_key":"secret://key"}}""", "placeholder_misplaced"),
            (Json, """{"secret://key":1}""", "placeholder_misplaced"),
            (Json, "\"secret://key\"", "placeholder_misplaced"),
            (Json, """["secret://key"]""", "placeholder_misplaced"),
            (Json, """{"api_key":"secret://key"} {"api_key":"mine"}""", "credential_foreign"),
            (Json, """{"api_key":"secret://key","password":"mine"}""", "credential_foreign"),
            (Json, """{"api_key":"secret://key" """, "request_malformed"),
            (Form, "other=secret://key", "placeholder_misplaced"),
            (Form, "secret://key", "placeholder_misplaced"),
            (Form, "api_key=asecret://key", "placeholder_misplaced"),
            (Form, "api_key=secret://key;x=1", "placeholder_misplaced"),
            (Form, "api_key=secret://key&api_key=mine", "credential_foreign"),
            ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"api_key2\"\r\n\r\nsecret://key\r\n--b--\r\n", "placeholder_misplaced"),
        ];
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        foreach (var row in rows)
        {
            await PostAsync(proxy, row.Type, row.Body);
        }

        Assert.Equal(
            rows.Select(row => (row.Body, row.Reason)),
            proxy.Decisions().Select((record, at) => (rows[at].Body, record.Reason ?? "")));
        Assert.Single(broker.Draws);
        Assert.Single(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Placeholder_OfANameThatNobodyGave_IsAskedOfTheBroker()
    {
        await using var broker = await FakeBroker.StartAsync(Value, refuse: (Grpc.Core.StatusCode.PermissionDenied, "secret_unknown"));
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        await AskAsync(proxy, "/v1?key=secret://aws-root", "");

        Assert.Equal(("secret_unknown", "aws-root"), (Assert.Single(proxy.Decisions()).Reason, Assert.Single(broker.Draws).Name));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Placeholder_ThatCannotBeDrawn_FailsTheRequest()
    {
        await using var broker = await FakeBroker.StartAsync(Value, refuse: (Grpc.Core.StatusCode.Unavailable, "secret_unavailable"));
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var answer = await AskAsync(proxy, "/v1", "x-api-key: secret://key");

        Assert.Equal((503, "secret_unavailable"), (ProxyUnderTest.StatusOf(answer), Assert.Single(proxy.Decisions()).Reason));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Placeholder_OnARouteIsReplaced_AndWhereNoRuleSpeaksOfThemItIsText()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules.Replace("[HTTP, HTTPS]", "[HTTPS]\n  route: api", StringComparison.Ordinal), Secrets, broker.Settings);
        proxy.Resolver.Answer("plain.test", ["127.0.0.1"]);

        await proxy.SendRawAsync("GET /route/api/v1?key=secret://key HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", finish: false);
        await proxy.SendRawAsync($"GET http://plain.test:{proxy.Origin.HttpPort}/?key=secret://key HTTP/1.1\r\nHost: plain.test:{proxy.Origin.HttpPort}\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Equal(["/v1?key=sk-live%2F7d1f00aa", "/?key=secret://key"], proxy.Origin.Requests.Select(request => request.RawTarget));
        Assert.Single(broker.Draws);
    }

    private static Task<string> AskAsync(ProxyUnderTest proxy, string target, string field)
    {
        var authority = $"origin.test:{proxy.Origin.HttpPort}";
        return proxy.SendRawAsync($"GET http://{authority}{target} HTTP/1.1\r\nHost: {authority}\r\n{(field.Length > 0 ? field + "\r\n" : "")}Connection: close\r\n\r\n", finish: false);
    }

    private static Task<string> PostAsync(ProxyUnderTest proxy, string type, string body, bool isChunked = false)
    {
        var authority = $"origin.test:{proxy.Origin.HttpPort}";
        var framed = isChunked ? $"Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n{body}";
        return proxy.SendRawAsync($"POST http://{authority}/v1 HTTP/1.1\r\nHost: {authority}\r\nContent-Type: {type}\r\nConnection: close\r\n{framed}", finish: false);
    }
}
