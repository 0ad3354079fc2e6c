namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>First bytes of tunnels, and requests in TLS that the proxy opens: GET and POST below /v1 at origin.test.</summary>
internal static class InspectedRows
{
    private static readonly Arm OwnName = new Greeting("origin.test:443", "own name");
    private static readonly Arm Plain = Get("/v1/a");

    public static IEnumerable<TableRow> All => Greetings().Concat(Paths()).Concat(Requests());

    private static IEnumerable<TableRow> Greetings()
    {
        foreach (var kind in new[] { "own name", "own name in capitals", "own name, padded", "own name, split", "own name, single bytes" })
        {
            yield return new($"hello, {kind}", new Greeting("origin.test:443", kind), TableRow.Allowed, null);
        }

        foreach (var (reason, kinds) in new[]
        {
            ("host_mismatch", "other name;name below;other name, split;other name, split in the header;other name, single bytes"),
            ("sni_missing", "no name;no name, split;address"),
            ("ech_not_allowed", "hidden name;hidden name, old form;hidden name, single bytes"),
            ("request_malformed", "own name, two names;cut;oversized;empty record;not a hello;two messages"),
            ("tls_required", "alert first;http;ssh"),
        })
        {
            foreach (var kind in kinds.Split(';'))
            {
                yield return new($"hello, {kind}", new Greeting("origin.test:443", kind), reason, OwnName);
            }
        }

        foreach (var (kind, reason) in new[] { ("other name", "host_mismatch"), ("no name", "sni_missing"), ("hidden name", "ech_not_allowed"), ("two messages", "request_malformed") })
        {
            yield return new($"hello not looked into, {kind}", new Greeting("plain.test:{http}", kind), reason, new Greeting("plain.test:{http}", "ssh"));
        }
    }

    private static IEnumerable<TableRow> Paths()
    {
        foreach (var path in new[] { "/v1/a", "/v1/a/b?c=../d", "/v1/%61", "/v1/a%20b", "/v1/a/", "/redirect" })
        {
            yield return new($"in TLS, {path}", Get(path), TableRow.Allowed, null);
        }

        foreach (var path in new[] { "/", "/v2/a", "/V1/a", "/v1x", "/x/v1/a", "/?/v1/a" })
        {
            yield return new($"in TLS, {path}", Get(path), "path_not_allowed", Plain);
        }

        foreach (var path in new[]
        {
            "/v1/../v2", "/v1/./a", "/v1/..", "/v1//a", "//v1/a", "/v1/%2e%2e/v2", "/v1/%2E/a", "/v1/a%2fb", "/v1/a%5cb", "/v1/%252e%252e/a", "/v1/..;x/a", "/v1/%ff", "/v1/%zz",
        })
        {
            yield return new($"in TLS, {path}", Get(path), "path_invalid", Plain);
        }

        foreach (var target in new[] { "/v1/a\\b", "/v1/a#b", "/v1/\u00e9", "/v1/a%00" })
        {
            yield return new($"in TLS, {target}", Get(target), "request_malformed", Plain);
        }
    }

    private static IEnumerable<TableRow> Requests()
    {
        yield return new("in TLS, POST", Send("POST", "/v1/a", "origin.test:{https}", "Content-Length: 4\r\n", "body"), TableRow.Allowed, null);
        foreach (var (name, method, target, host, fields, body, reason) in new[]
        {
            ("DELETE", "DELETE", "/v1/a", "origin.test:{https}", "", "", "method_not_allowed"),
            ("PUT", "PUT", "/v1/a", "origin.test:{https}", "", "", "method_not_allowed"),
            ("get in small letters", "get", "/v1/a", "origin.test:{https}", "", "", "method_not_allowed"),
            ("HEAD", "HEAD", "/v1/a", "origin.test:{https}", "", "", "method_not_allowed"),
            ("TRACE", "TRACE", "/v1/a", "origin.test:{https}", "", "", "method_not_allowed"),
            ("Host of another", "GET", "/v1/a", "other.test:{https}", "", "", "host_mismatch"),
            ("Host of another rule", "GET", "/v1/a", "plain.test:{http}", "", "", "host_mismatch"),
            ("Host with another port", "GET", "/v1/a", "origin.test:{http}", "", "", "host_mismatch"),
            ("Host without the port", "GET", "/v1/a", "origin.test", "", "", "host_mismatch"),
            ("Host as an address", "GET", "/v1/a", "127.0.0.1:{https}", "", "", "host_mismatch"),
            ("empty Host", "GET", "/v1/a", "", "", "", "host_mismatch"),
            ("absolute target", "GET", "https://origin.test:{https}/v1/a", "origin.test:{https}", "", "", "request_malformed"),
            ("absolute target elsewhere", "GET", "http://other.test/v1/a", "other.test", "", "", "request_malformed"),
            ("asterisk", "OPTIONS", "*", "origin.test:{https}", "", "", "request_malformed"),
            ("CONNECT", "CONNECT", "origin.test:{https}", "origin.test:{https}", "", "", "method_not_allowed"),
            ("websocket", "GET", "/v1/a", "origin.test:{https}", "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", "upgrade_not_allowed"),
            ("h2c", "GET", "/v1/a", "origin.test:{https}", "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "", "upgrade_not_allowed"),
            ("SPDY", "GET", "/v1/a", "origin.test:{https}", "Connection: Upgrade, close\r\nUpgrade: SPDY/3.1\r\n", "", "upgrade_not_allowed"),
            ("length and chunked", "POST", "/v1/a", "origin.test:{https}", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", "request_malformed"),
            ("two lengths", "POST", "/v1/a", "origin.test:{https}", "Content-Length: 4\r\nContent-Length: 5\r\n", "body!", "request_malformed"),
            ("two Hosts", "GET", "/v1/a", "origin.test:{https}", "Host: other.test\r\n", "", "request_malformed"),
        })
        {
            yield return new($"in TLS, {name}", Send(method, target, host, fields, body), reason, Plain);
        }

        yield return new(
            "in TLS, the second request", new InTls(
                "origin.test", "origin.test",
                "GET /v1/a HTTP/1.1\r\nHost: origin.test:{https}\r\n\r\nGET /v2 HTTP/1.1\r\nHost: origin.test:{https}\r\nConnection: close\r\n\r\n"), "path_not_allowed", Plain);
    }

    private static InTls Get(string target) => Send("GET", target, "origin.test:{https}", "", "");

    private static InTls Send(string method, string target, string host, string fields, string body) => new(
        "origin.test", "origin.test",
        $"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{(fields.Contains("Connection:", StringComparison.Ordinal) ? "" : "Connection: close\r\n")}{fields}\r\n{body}");
}
