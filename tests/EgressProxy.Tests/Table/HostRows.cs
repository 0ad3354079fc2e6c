namespace SecureAgent.EgressProxy.Tests.Table;

/// <summary>Hosts, ports and heads of CONNECT and SOCKS5.</summary>
internal static class HostRows
{
    private static readonly Arm Plain = Connect("plain.test:{http}");
    private static readonly Arm Address = Connect("127.0.0.1:{http}");
    private static readonly Arm SocksPlain = Socks(Name("plain.test"));

    public static IEnumerable<TableRow> All => Hosts().Concat(Heads()).Concat(OverSocks());

    private static IEnumerable<TableRow> Hosts()
    {
        foreach (var host in new[] { "plain.test", "PLAIN.Test", "plain.test.", "a.wild.test", "a.b.wild.test", "127.0.0.1", "[::ffff:127.0.0.1]" })
        {
            yield return new($"CONNECT {host}", Connect($"{host}:{{http}}"), TableRow.Allowed, null);
        }

        foreach (var host in new[]
        {
            "user@plain.test", "pl%61in.test", "plain..test", ".plain.test", "plain.test..", "-plain.test", "plain-.test", "pla!in.test", "*.wild.test", "[plain.test]",
            "[]", "plain.test\\x", "plain.test/x", "plain.test?x", "plain.test#x",
        })
        {
            yield return new($"CONNECT {host}", Connect($"{host}:{{http}}"), "host_invalid", Plain);
        }

        foreach (var host in new[]
        {
            "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.01", "127.0.0.0x1", "127.0.0.1.1", "256.0.0.1", "[127.0.0.1]",
            "[::ffff:127.1]", "[::ffff:127.0.0.1%25lo]", "[::1%lo]",
        })
        {
            yield return new($"CONNECT {host}", Connect($"{host}:{{http}}"), "host_invalid", Address);
        }

        foreach (var host in new[]
        {
            "other.test", "sub.plain.test", "plain.test.other.test", "notplain.test", "plain.tes", "wild.test", "localhost", "127.0.0.2", "[::1]", "[::ffff:127.0.0.2]",
            "169.254.169.254", "xn--bcher-kva.test",
        })
        {
            yield return new($"CONNECT {host}", Connect($"{host}:{{http}}"), "no_rule", Plain);
        }

        foreach (var (authority, reason) in new[]
        {
            ("plain.test:1", "port_not_allowed"), ("plain.test:443", "port_not_allowed"), ("127.0.0.1:22", "port_not_allowed"), ("plain.test", "request_malformed"),
            ("plain.test:", "request_malformed"), ("plain.test:0", "request_malformed"), ("plain.test:0{http}", "request_malformed"), ("plain.test:99999", "request_malformed"),
            ("plain.test:+{http}", "request_malformed"), ("plain.test:{http}:{http}", "request_malformed"), (":{http}", "request_malformed"), ("[::1", "request_malformed"),
            ("user:password@plain.test:{http}", "request_malformed"), ("http://plain.test:{http}/", "request_malformed"), ("pl\u00e4in.test:{http}", "request_malformed"),
        })
        {
            yield return new($"CONNECT to {authority}", Connect(authority), reason, Plain);
        }
    }

    private static IEnumerable<TableRow> Heads()
    {
        const string Line = "CONNECT plain.test:{http} HTTP/1.1\r\n";
        yield return new("CONNECT with fields", new OnSocket($"{Line}Host: PLAIN.test\r\nUser-Agent: x\r\nProxy-Connection: keep-alive\r\n\r\n"), TableRow.Allowed, null);
        foreach (var (name, head, reason) in new[]
        {
            ("Host of another", $"{Line}Host: other.test\r\n\r\n", "host_mismatch"),
            ("Host with another port", $"{Line}Host: plain.test:1\r\n\r\n", "host_mismatch"),
            ("two Hosts", $"{Line}Host: plain.test\r\nHost: plain.test\r\n\r\n", "request_malformed"),
            ("Content-Length", $"{Line}Content-Length: 0\r\n\r\n", "request_malformed"),
            ("Transfer-Encoding", $"{Line}Transfer-Encoding: chunked\r\n\r\n", "request_malformed"),
            ("folded field", $"{Line}X: a\r\n b\r\n\r\n", "request_malformed"),
            ("space before the colon", $"{Line}X : a\r\n\r\n", "request_malformed"),
            ("no colon", $"{Line}X\r\n\r\n", "request_malformed"),
            ("bare LF", "CONNECT plain.test:{http} HTTP/1.1\nHost: plain.test\r\n\r\n", "request_malformed"),
            ("bare CR", $"{Line}X: a\rb\r\n\r\n", "request_malformed"),
            ("NUL", $"{Line}X: a\0b\r\n\r\n", "request_malformed"),
            ("another version", "CONNECT plain.test:{http} HTTP/2.0\r\n\r\n", "request_malformed"),
            ("no version", "CONNECT plain.test:{http}\r\n\r\n", "request_malformed"),
            ("two spaces", "CONNECT  plain.test:{http} HTTP/1.1\r\n\r\n", "request_malformed"),
            ("too long", $"{Line}X: {new string('x', 9000)}\r\n\r\n", "request_malformed"),
            ("too many fields", $"{Line}{string.Concat(Enumerable.Range(0, 70).Select(at => $"X{at}: a\r\n"))}\r\n", "request_malformed"),
        })
        {
            yield return new($"CONNECT, {name}", new OnSocket(head), reason, Plain);
        }
    }

    private static IEnumerable<TableRow> OverSocks()
    {
        yield return new("SOCKS plain.test", SocksPlain, TableRow.Allowed, null);
        yield return new("SOCKS 127.0.0.1", Socks("\x01\x7f\0\0\x01"), TableRow.Allowed, null);
        foreach (var (name, arm, reason) in new[]
        {
            ("other.test", Socks(Name("other.test")), "no_rule"),
            ("sub.plain.test", Socks(Name("sub.plain.test")), "no_rule"),
            ("127.0.0.2", Socks("\x01\x7f\0\0\x02"), "no_rule"),
            ("[::1]", Socks($"\x04{new string('\0', 15)}\x01"), "no_rule"),
            ("port 1", Socks(Name("plain.test"), port: "\0\x01"), "port_not_allowed"),
            ("port 0", Socks(Name("plain.test"), port: "\0\0"), "request_malformed"),
            ("user@plain.test", Socks(Name("user@plain.test")), "host_invalid"),
            ("127.1 as a name", Socks(Name("127.1")), "host_invalid"),
            ("0x7f000001 as a name", Socks(Name("0x7f000001")), "host_invalid"),
            ("name with NUL", Socks(Name("plain.test\0.other.test")), "request_malformed"),
            ("name with a line", Socks(Name("plain.test\r\n")), "request_malformed"),
            ("empty name", Socks("\x03\0"), "request_malformed"),
            ("unknown kind of address", Socks("\x02\x7f\0\0\x01"), "request_malformed"),
            ("reserved byte", Socks(Name("plain.test"), reserved: "\x01"), "request_malformed"),
            ("BIND", Socks(Name("plain.test"), command: "\x02"), "method_not_allowed"),
            ("UDP", Socks(Name("plain.test"), command: "\x03"), "method_not_allowed"),
            ("password only", new OnSocket("\x05\x01\x02"), "request_malformed"),
            ("no method", new OnSocket("\x05\0"), "request_malformed"),
        })
        {
            yield return new($"SOCKS {name}", arm, reason, SocksPlain);
        }
    }

    private static OnSocket Connect(string authority) => new($"CONNECT {authority} HTTP/1.1\r\n\r\n");

    private static string Name(string name) => $"\x03{(char)name.Length}{name}";

    private static OnSocket Socks(string address, string port = "{http as bytes}", string command = "\x01", string reserved = "\0") =>
        new($"\x05\x01\0\x05{command}{reserved}{address}{port}");
}
