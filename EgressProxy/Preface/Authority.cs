using System.Globalization;

namespace SecureAgent.EgressProxy.Preface;

/// <summary>host[:port] taken apart without interpreting the host: RFC 3986 §3.2 without userinfo, which <c>CanonicalHost</c> then refuses.</summary>
internal readonly record struct Authority(string Host, int Port)
{
    /// <param name="defaultPort">Port when there is none; null when it is required (RFC 9110 §9.3.6 for CONNECT).</param>
    public static Authority? TryParse(string text, int? defaultPort)
    {
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (text.StartsWith('[') && end == 0)
        {
            return null;
        }

        if (end < 0 || end == text.Length)
        {
            return defaultPort is { } port && text.Length > 0 ? new Authority(text, port) : null;
        }

        return end > 0 && text[end] == ':' && TryParsePort(text.AsSpan(end + 1), out var given) ? new Authority(text[..end], given) : null;
    }

    /// <summary>1 to 65535 in decimal, without sign, space or leading zero: two readers must not see two ports.</summary>
    private static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5
            && text[0] != '0'
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= 65535;
    }
}
