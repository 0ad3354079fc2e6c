using System.Text;

namespace SecureAgent.EgressProxy.Preface;

internal enum HeadStatus
{
    /// <summary>Zero: nothing is known yet.</summary>
    Incomplete = 0,
    Malformed,
    Complete,
}

/// <summary>
/// The head of a CONNECT request (RFC 9112 §3.2.3, RFC 9110 §9.3.6), the only HTTP this program reads by itself: a tunnel's bytes must not pass
/// through an HTTP server. Pure, bounded, and stricter than the grammar wherever two readers could differ.
/// </summary>
/// <param name="Length">Bytes of the head, its empty line included; only when complete.</param>
/// <param name="Target">The request target as sent; only when complete.</param>
/// <param name="Host">The Host field, or null when there is none.</param>
/// <param name="Fault">What is wrong, for the refusal; only when malformed.</param>
internal readonly record struct ConnectHead(HeadStatus Status, int Length, string Target, string? Host, string Fault) : IHead
{
    /// <summary>Longest head, in bytes.</summary>
    public const int MaxLength = 8192;

    private const int MaxFields = 64;

    public static ReadOnlySpan<byte> Method => "CONNECT "u8;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <summary>Whether a connection that begins with these bytes sends a CONNECT, as far as they tell.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(bytes.Length, Method.Length);
        return length > 0 && Method.StartsWith(bytes[..length]);
    }

    /// <param name="bytes">Everything received so far; what follows the head is not looked at.</param>
    public static ConnectHead Parse(ReadOnlySpan<byte> bytes)
    {
        if (!MayBegin(bytes))
        {
            return bytes.IsEmpty ? default : Malformed("this is no CONNECT request");
        }

        var end = bytes.IndexOf(End);
        var head = end < 0 ? bytes : bytes[..(end + 2)];
        if (HasStrayControl(head))
        {
            return Malformed("the head holds a control character or a bare line break");
        }

        if (end < 0)
        {
            return bytes.Length >= MaxLength ? Malformed($"the head is longer than {MaxLength} bytes") : default;
        }

        return end + End.Length > MaxLength ? Malformed($"the head is longer than {MaxLength} bytes") : ParseWhole(head, end + End.Length);
    }

    private static ConnectHead ParseWhole(ReadOnlySpan<byte> head, int length)
    {
        var lineEnd = head.IndexOf("\r\n"u8);
        var line = head[Method.Length..lineEnd];
        var space = line.IndexOf((byte)' ');
        if (space <= 0 || line[(space + 1)..] is var version && !version.SequenceEqual("HTTP/1.1"u8) && !version.SequenceEqual("HTTP/1.0"u8))
        {
            return Malformed("the request line is not CONNECT host:port HTTP/1.1");
        }

        var target = line[..space];
        if (target.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e))
        {
            return Malformed("the request target is not ASCII");
        }

        string? host = null;
        var fault = ReadFields(head[(lineEnd + 2)..], ref host);
        return fault is null
            ? new ConnectHead(HeadStatus.Complete, length, Encoding.ASCII.GetString(target), host, "")
            : Malformed(fault);
    }

    private static string? ReadFields(ReadOnlySpan<byte> rest, ref string? host)
    {
        for (var count = 0; !rest.IsEmpty; count++)
        {
            var end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            rest = rest[(end + 2)..];
            var colon = field.IndexOf((byte)':');
            if (count >= MaxFields)
            {
                return $"the head has more than {MaxFields} fields";
            }

            if (colon <= 0 || !IsToken(field[..colon]))
            {
                return "a header field has no valid name (or is folded)";
            }

            var name = field[..colon];
            if (Ascii.EqualsIgnoreCase(name, "content-length"u8) || Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
            {
                return "a CONNECT request has no content";
            }

            if (Ascii.EqualsIgnoreCase(name, "host"u8))
            {
                if (host is not null)
                {
                    return "there are two Host fields";
                }

                host = Encoding.Latin1.GetString(field[(colon + 1)..].Trim(" \t"u8));
            }
        }

        return null;
    }

    /// <summary>CR only before LF, LF only after CR, no other control but HTAB. A CR at the very end may get its LF yet.</summary>
    private static bool HasStrayControl(ReadOnlySpan<byte> head)
    {
        for (var at = 0; at < head.Length; at++)
        {
            var unit = head[at];
            var isStray = unit switch
            {
                (byte)'\r' => at + 1 < head.Length && head[at + 1] != (byte)'\n',
                (byte)'\n' => at == 0 || head[at - 1] != (byte)'\r',
                (byte)'\t' => false,
                _ => unit is < 0x20 or 0x7f,
            };
            if (isStray)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>RFC 9110 §5.6.2.</summary>
    private static bool IsToken(ReadOnlySpan<byte> text)
    {
        foreach (var unit in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)unit) && !"!#$%&'*+-.^_`|~"u8.Contains(unit))
            {
                return false;
            }
        }

        return true;
    }

    private static ConnectHead Malformed(string fault) => new(HeadStatus.Malformed, 0, "", null, fault);
}
