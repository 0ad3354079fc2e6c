using SecureAgent.EgressProxy.Preface;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>
/// A request target in absolute form (RFC 9112 §3.2.2), split and not interpreted: path and query go out byte for byte as they came, since a rewritten
/// path is another path.
/// </summary>
/// <param name="PathAndQuery">Begins with '/'.</param>
internal readonly record struct AbsoluteTarget(string Scheme, Authority Authority, string PathAndQuery)
{
    private const int HttpPort = 80;

    /// <summary>Null when it is no absolute form, or holds what no URI may (RFC 3986 §2): controls, spaces, backslash, non-ASCII, a fragment.</summary>
    public static AbsoluteTarget? TryParse(string rawTarget)
    {
        var schemeEnd = rawTarget.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd <= 0 || !rawTarget[..schemeEnd].All(char.IsAsciiLetter) || !IsPlain(rawTarget))
        {
            return null;
        }

        var rest = rawTarget[(schemeEnd + 3)..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var path = end < 0 ? "" : rest[end..];
        return Authority.TryParse(end < 0 ? rest : rest[..end], HttpPort) is { } authority
            ? new AbsoluteTarget(rawTarget[..schemeEnd].ToLowerInvariant(), authority, path.StartsWith('/') ? path : $"/{path}")
            : null;
    }

    /// <summary>Nothing that no URI may hold.</summary>
    public static bool IsPlain(string text) => text.All(unit => unit is > ' ' and < '\x7f' and not ('\\' or '#'));
}
