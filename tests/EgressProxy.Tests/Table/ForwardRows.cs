namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>Plain HTTP: targets, framing, methods, upgrades.</summary>
internal static class ForwardRows
{
    private const string Hidden = "GET http://other.test/ HTTP/1.1\r\nHost: other.test\r\n\r\n";

    private static readonly Arm Plain = Get("http://plain.test:{http}/", "plain.test:{http}");

    public static IEnumerable<TableRow> All => Targets().Concat(Framing()).Concat(Methods());

    private static IEnumerable<TableRow> Targets()
    {
        yield return new("GET http://plain.test", Plain, TableRow.Allowed, null);
        yield return new("GET with dot segments", Get("http://plain.test:{http}/a/../b?c=//d", "plain.test:{http}"), TableRow.Allowed, null);
        yield return new("GET of a redirect", Get("http://plain.test:{http}/redirect", "plain.test:{http}"), TableRow.Allowed, null);
        foreach (var (target, host, reason) in new[]
        {
            ("http://other.test:{http}/", "other.test:{http}", "no_rule"),
            ("http://plain.test/", "plain.test", "port_not_allowed"),
            ("http://127.1:{http}/", "127.1:{http}", "request_malformed"),
            ("http://127.1:{http}/", "127.0.0.1:{http}", "host_invalid"),
            ("http://0x7f000001:{http}/", "127.0.0.1:{http}", "host_invalid"),
            ("http://plain..test:{http}/", "plain..test:{http}", "request_malformed"),
            ("https://plain.test:{https}/", "plain.test:{https}", "scheme_not_allowed"),
            ("HTTP://plain.test:{http}/", "plain.test:{http}", "request_malformed"),
            ("ftp://plain.test:{http}/", "plain.test:{http}", "request_malformed"),
            ("/", "plain.test:{http}", "request_malformed"),
            ("//plain.test:{http}/", "plain.test:{http}", "request_malformed"),
            ("*", "plain.test:{http}", "request_malformed"),
            ("http://user@plain.test:{http}/", "plain.test:{http}", "host_invalid"),
            ("http://plain.test:{http}/\\x", "plain.test:{http}", "request_malformed"),
            ("http://plain.test:{http}/#x", "plain.test:{http}", "request_malformed"),
            ("http://plain.test:{http}/\u00e9", "plain.test:{http}", "request_malformed"),
            ("http://plain.test:{http}/", "other.test", "request_malformed"),
            ("http://plain.test:{http}/", "plain.test:1", "request_malformed"),
            ("http://other.test:{http}/", "plain.test:{http}", "request_malformed"),
        })
        {
            yield return new($"GET {target}, Host {host}", Get(target, host), reason, Plain);
        }
    }

    private static IEnumerable<TableRow> Framing()
    {
        yield return new("POST, chunked", Post("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n"), TableRow.Allowed, null);
        foreach (var (name, fields, body) in new[]
        {
            ("length, then chunked", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Hidden),
            ("chunked, then length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + Hidden),
            ("two lengths", "Content-Length: 4\r\nContent-Length: 40\r\n", "body" + Hidden),
            ("one length twice", "Content-Length: 4\r\nContent-Length: 4\r\n", "body"),
            ("a list of lengths", "Content-Length: 4, 4\r\n", "body"),
            ("a negative length", "Content-Length: -1\r\n", "body"),
            ("a length in hex", "Content-Length: 0x4\r\n", "body"),
            ("chunked is not last", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            ("an unknown coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
            ("a second Host", "Host: other.test\r\nContent-Length: 4\r\n", "body"),
            ("NUL in a field", "X: a\0b\r\nContent-Length: 4\r\n", "body"),
            ("space before a colon", "X : a\r\nContent-Length: 4\r\n", "body"),
            ("a folded field", " X: a\r\nContent-Length: 4\r\n", "body"),
            ("a field without a name", ": a\r\nContent-Length: 4\r\n", "body"),
        })
        {
            yield return new($"POST, {name}", Post(fields, body), "request_malformed", Post("Content-Length: 4\r\n", "body"));
        }
    }

    private static IEnumerable<TableRow> Methods()
    {
        foreach (var (name, method, fields, reason) in new[]
        {
            ("TRACE", "TRACE", "", "method_not_allowed"),
            ("websocket", "GET", "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n", "upgrade_not_allowed"),
            ("h2c", "GET", "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "upgrade_not_allowed"),
            ("SPDY", "GET", "Connection: Upgrade, close\r\nUpgrade: SPDY/3.1\r\n", "upgrade_not_allowed"),
            ("TLS in the clear", "OPTIONS", "Connection: Upgrade, close\r\nUpgrade: TLS/1.0\r\n", "upgrade_not_allowed"),
        })
        {
            yield return new($"HTTP, {name}", Send(method, "http://plain.test:{http}/", "plain.test:{http}", fields, ""), reason, Plain);
        }

        yield return new(
            "CONNECT as the second request",
            new OnSocket("GET http://plain.test:{http}/ HTTP/1.1\r\nHost: plain.test:{http}\r\n\r\nCONNECT plain.test:{http} HTTP/1.1\r\nHost: plain.test:{http}\r\nConnection: close\r\n\r\n"), "request_malformed", Plain);
        yield return new(
            "another host as the second request",
            new OnSocket("GET http://plain.test:{http}/ HTTP/1.1\r\nHost: plain.test:{http}\r\n\r\nGET http://other.test/ HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n"), "no_rule", Plain);
    }

    private static OnSocket Get(string target, string host) => Send("GET", target, host, "", "");

    private static OnSocket Post(string fields, string body) => Send("POST", "http://plain.test:{http}/", "plain.test:{http}", fields, body);

    private static OnSocket Send(string method, string target, string host, string fields, string body) =>
        new($"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{(fields.Contains("Connection:", StringComparison.Ordinal) ? "" : "Connection: close\r\n")}{fields}\r\n{body}");
}
