using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Forwarding;

/// <summary>Base URLs at the proxy itself, for tools that cannot use one.</summary>
public sealed class RouteTests
{
    private const string Value = "sk-live-7d1f00aa";

    private const string Rules = """
        - { host: other.test, ports: [HTTPS], allowPrivate: true, inspect: { methods: [GET], paths: [/**] } }
        - { host: origin.test, ports: [HTTPS], allowPrivate: true, route: api, inject: key, inspect: { methods: [GET, POST], paths: [/v1/**, /echo], stripHeaders: [x-mine] } }
        """;

    private const string Secrets = """
        secrets:
          key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }
        """;

    [Fact]
    public async Task Request_ToARoute_GoesToTheRulesHostOverTls_WithItsCredential()
    {
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        var answer = await AskAsync(proxy, "POST /route/api/v1/a%20b?q=%2F", "X-Mine: 1\r\nX-Api-Key: placeholder\r\nContent-Length: 5\r\n", "hello");
        var echo = await AskAsync(proxy, "GET /route/api/echo");

        Assert.EndsWith("origin:hello", Body(answer), StringComparison.Ordinal);
        var received = proxy.Origin.Requests.First();
        Assert.Equal(("POST", "/v1/a%20b?q=%2F", $"origin.test:{proxy.Origin.HttpsPort}", Value), (received.Method, received.RawTarget, received.Host, received.Headers["x-api-key"]));
        Assert.DoesNotContain("x-mine", received.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain(Value, echo, StringComparison.Ordinal);
        var record = proxy.Decisions()[0];
        Assert.Equal(("route", "/v1/a%20b", "l-1"), (record.Facts["via"], record.Facts["path"], record.Facts["lease"]));
    }

    [Fact]
    public async Task Request_ToARoute_IsJudged()
    {
        (string Request, string Fields, string Reason)[] rows =
        [
            ("GET /route/api/v1/a", "", "allowed_by_rule"),
            ("GET /route/api/v1/a", "Host: localhost:3128\r\n", "allowed_by_rule"),
            ("GET /route/other/v1/a", "", "no_rule"),
            ("GET /route/API/v1/a", "", "no_rule"),
            ("GET /route//v1/a", "", "no_rule"),
            ("GET /route/%61pi/v1/a", "", "no_rule"),
            ("GET /route/api", "", "path_not_allowed"),
            ("GET /route/api?/v1/a", "", "path_not_allowed"),
            ("GET /route/api/v2/a", "", "path_not_allowed"),
            ("GET /route/api/v1/../v2", "", "path_invalid"),
            ("GET /route/api//other.test/v1/a", "", "path_invalid"),
            ("PUT /route/api/v1/a", "Content-Length: 0\r\n", "method_not_allowed"),
            ("TRACE /route/api/v1/a", "", "method_not_allowed"),
            ("GET /route/api/v1/a", "HTTP2-Settings: AAMAAABk\r\n", "upgrade_not_allowed"),
            ("GET /route/api/v1/a", "Authorization: Bearer mine\r\n", "credential_foreign"),
            ("GET /route/api/v1/a", "Host: rebound.example\r\n", "host_mismatch"),
            ("GET /other/api/v1/a", "", "request_malformed"),
        ];
        await using var broker = await FakeBroker.StartAsync(Value);
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Secrets, broker.Settings);

        foreach (var row in rows)
        {
            await AskAsync(proxy, row.Request, row.Fields);
        }

        Assert.Equal(rows.Select(row => (row.Request, row.Reason)), proxy.Decisions().Select((record, at) => (rows[at].Request, record.Reason ?? "")));
        Assert.Equal("/route/other:0", proxy.Decisions().First(record => record.Reason == "no_rule").Subject);
        Assert.Equal(rows.Count(row => row.Reason == "allowed_by_rule"), proxy.Origin.Requests.Count);
        Assert.Equal(proxy.Origin.Requests.Count, broker.Draws.Count);
    }

    private static Task<string> AskAsync(ProxyUnderTest proxy, string request, string fields = "", string body = "") => proxy.SendRawAsync(
        $"{request} HTTP/1.1\r\n{(fields.Contains("Host:", StringComparison.Ordinal) ? "" : "Host: 127.0.0.1:3128\r\n")}{fields}{(fields.Contains("Connection:", StringComparison.Ordinal) ? "" : "Connection: close\r\n")}\r\n{body}",
        finish: false);

    private static string Body(string answer) => answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..].TrimEnd('\r', '\n', '0');
}
