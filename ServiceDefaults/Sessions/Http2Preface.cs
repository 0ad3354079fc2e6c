using System.Buffers;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>Tells HTTP/2 with prior knowledge from everything else by the client preface (RFC 9113 §3.4).</summary>
internal static class Http2Preface
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>True or false once the bytes decide it; null while they are a proper prefix of the preface.</summary>
    public static bool? Detect(ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return null;
        }

        Span<byte> start = stackalloc byte[Preface.Length];
        var length = (int)Math.Min(buffer.Length, start.Length);
        buffer.Slice(0, length).CopyTo(start);
        if (!Preface.StartsWith(start[..length]))
        {
            return false;
        }

        return length == Preface.Length ? true : null;
    }
}
