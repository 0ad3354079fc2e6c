using System.Globalization;

namespace SecureAgent.EgressProxy.Preface;

/// <summary>What the operator's own HTTP proxy says to a CONNECT (RFC 9110 §9.3.6): its status and where it ends. Pure, bounded; fields mean nothing here.</summary>
/// <param name="Code">The status; only when complete.</param>
internal readonly record struct ProxyAnswer(HeadStatus Status, int Length, int Code) : IHead
{
    /// <summary>Longest head, in bytes.</summary>
    public const int MaxLength = 16 << 10;

    private const int CodeAt = 9;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> Start => "HTTP/1."u8;

    public static ProxyAnswer Parse(ReadOnlySpan<byte> bytes)
    {
        var known = Math.Min(bytes.Length, Start.Length);
        var end = bytes[..Math.Min(bytes.Length, MaxLength)].IndexOf(End);
        if (!bytes[..known].SequenceEqual(Start[..known]) || (end < 0 && bytes.Length >= MaxLength))
        {
            return new ProxyAnswer(HeadStatus.Malformed, 0, 0);
        }

        if (end < 0)
        {
            return default;
        }

        return end >= CodeAt + 3 && bytes[CodeAt - 1] == ' '
            && int.TryParse(bytes.Slice(CodeAt, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code >= 100
                ? new ProxyAnswer(HeadStatus.Complete, end + End.Length, code)
                : new ProxyAnswer(HeadStatus.Malformed, 0, 0);
    }
}
