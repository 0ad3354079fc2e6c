using System.Globalization;
using System.Text;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.Policy.Egress;
using Ported = SecureAgent.EgressProxy.Preface.Authority;

namespace SecureAgent.Fuzz;

/// <summary>Hosts, host:port, absolute targets and paths.</summary>
internal static class HostTargets
{
    private static readonly byte[][] Words = FuzzTargets.Bytes(
        ".", "..", "%2e", "%00", "%25", "xn--", "0x7f", "127.1", "[::1]", "::ffff:", "@", ":", "/", "//", "\\", "?", "#", ";", "\r\n", "\0", "a.test", "%2F", "%", "-", "_", "+80", "080");

    public static FuzzTarget Host { get; } = new(
        "canonical-host",
        [
            .. FuzzTargets.Bytes("a.test", "A.Test.", "127.0.0.1", "[2001:db8::1]", "::ffff:10.0.0.1", "xn--bcher-kva.de", "a-b_c.test", "user@a.test", "0x7f000001", "a..b"),
            .. new[] { "bücher.de", "ｅｘａｍｐｌｅ．ｃｏｍ", "faß.de", "例え.jp" }.Select(Encoding.UTF8.GetBytes),
        ],
        Words, CheckHost);

    public static FuzzTarget Authority { get; } = new(
        "authority", FuzzTargets.Bytes("a.test:443", "a.test", "[::1]:443", "[::1]", "127.0.0.1:1", "a:b:c", ":80", "a.test:", "a.test:65536"), Words, CheckAuthority);

    public static FuzzTarget Absolute { get; } = new(
        "absolute-target",
        FuzzTargets.Bytes("http://a.test/", "http://a.test:8080/a/../b?c=d", "HTTP://A.test?x", "http://[::1]:80/a", "https://user@a.test/", "http://127.0.0.1/%2e%2e/", "ftp://a.test/#x"), Words, CheckAbsolute);

    public static FuzzTarget Path { get; } = new(
        "url-path", FuzzTargets.Bytes("/", "/v1/a", "/v1/%61/b%20c/", "/a/../b", "/a//b", "/a/..;x/b", "/%C3%A9", "/%ff", "/a%2fb", "/%252e"), Words, CheckPath);

    private static bool CheckHost(byte[] bytes, int random)
    {
        // As from a header, and as from text.
        var text = random % 2 == 0 ? Encoding.Latin1.GetString(bytes) : Encoding.UTF8.GetString(bytes);
        if (CanonicalHost.TryParse(text) is not { } host)
        {
            return false;
        }

        FuzzTarget.Require(CanonicalHost.TryParse(host.Name) == host, $"'{host.Name}' has another canonical form");
        FuzzTarget.Require(
            host.Name.Length is > 0 and <= 253 && host.Name.All(unit => char.IsAsciiLetterLower(unit) || char.IsAsciiDigit(unit) || unit is '-' or '.' or '_' || (unit == ':' && host.Address is not null)),
            $"'{host.Name}' holds what no host does");
        FuzzTarget.Require(host.Address is not null || Uri.CheckHostName(host.Name) != UriHostNameType.IPv4, $"'{host.Name}' is read as an address by others");
        return true;
    }

    private static bool CheckAuthority(byte[] bytes, int random)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (Ported.TryParse(text, random % 2 == 0 ? 80 : null) is not { } authority)
        {
            return false;
        }

        FuzzTarget.Require(authority.Port is > 0 and <= 65535, $"{authority} has no such port");
        var written = string.Create(CultureInfo.InvariantCulture, $"{authority.Host}:{authority.Port}");
        FuzzTarget.Require(Ported.TryParse(written, null) == authority, $"{authority}, written out again, is read in another way");
        return true;
    }

    private static bool CheckAbsolute(byte[] bytes, int random)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (AbsoluteTarget.TryParse(text) is not { } target)
        {
            return false;
        }

        FuzzTarget.Require(target.PathAndQuery.StartsWith('/') && text.EndsWith(target.PathAndQuery.TrimStart('/'), StringComparison.Ordinal), $"{target} sends another path than came");
        if (CanonicalHost.TryParse(target.Authority.Host) is { } host && target.Scheme == "http" && Uri.TryCreate(text, UriKind.Absolute, out var read))
        {
            FuzzTarget.Require(CanonicalHost.TryParse(read.IdnHost) == host && read.Port == target.Authority.Port, $"the server reads {read.IdnHost}:{read.Port}, we {host.Name}:{target.Authority.Port}");
        }

        return true;
    }

    private static bool CheckPath(byte[] bytes, int random)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (UrlPath.TryCanonical(text) is not { } path)
        {
            return false;
        }

        var parts = path.Split('/');
        FuzzTarget.Require(path.Length == 0 || parts.All(part => part is not ("" or "." or "..")), $"'{path}' has a part that means another");
        FuzzTarget.Require(Uri.UnescapeDataString(text).Trim('/') == path.Trim('/'), $"'{path}' is not what '{text}' says");
        return true;
    }
}
