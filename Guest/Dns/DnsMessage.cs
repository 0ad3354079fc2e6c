using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SecureAgent.Guest.Dns;

/// <summary>How the sink treats one message.</summary>
internal enum DnsVerdict
{
    /// <summary>No answer: too short to have an id, or itself an answer (answering those makes loops).</summary>
    Ignore = 0,

    /// <summary>A question: answered NXDOMAIN and reported.</summary>
    NameError,

    /// <summary>Not parsable: answered FORMERR.</summary>
    FormatError,

    /// <summary>Not a query (RFC 1035 opcode 0): answered NOTIMP.</summary>
    NotImplemented,
}

/// <param name="Name">Presentation form (RFC 4343): dots between labels, other than printable ASCII as \DDD; "." for the root.</param>
/// <param name="Type">Mnemonic, or TYPEnnn (RFC 3597).</param>
/// <param name="QuestionEnd">Offset after the question section.</param>
internal readonly record struct DnsQuestion(DnsVerdict Verdict, string Name, string Type, int QuestionEnd);

/// <summary>RFC 1035 messages, as far as a sink needs them. Pure, bounded by the length of the input, never throws on any input.</summary>
internal static class DnsMessage
{
    public const int HeaderLength = 12;

    /// <summary>Bytes of a name on the wire, the root's length byte included (RFC 1035, 3.1).</summary>
    private const int MaxName = 255;

    public static DnsQuestion Read(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderLength || (message[2] & 0x80) != 0)
        {
            return message.Length < 3 || (message[2] & 0x80) != 0 ? default : Reject(DnsVerdict.FormatError);
        }

        if (((message[2] >> 3) & 0x0f) != 0)
        {
            return Reject(DnsVerdict.NotImplemented);
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
        {
            return Reject(DnsVerdict.FormatError);
        }

        var name = new StringBuilder();
        var offset = HeaderLength;
        while (true)
        {
            if (offset >= message.Length)
            {
                return Reject(DnsVerdict.FormatError);
            }

            int length = message[offset++];
            if (length == 0)
            {
                break;
            }

            // Above 63 are compression pointers and reserved kinds: no question needs them.
            if (length > 63 || offset + length > message.Length || offset + length - HeaderLength >= MaxName)
            {
                return Reject(DnsVerdict.FormatError);
            }

            AppendLabel(name, message.Slice(offset, length));
            offset += length;
        }

        if (offset + 4 > message.Length)
        {
            return Reject(DnsVerdict.FormatError);
        }

        var type = TypeName(BinaryPrimitives.ReadUInt16BigEndian(message[offset..]));
        return new DnsQuestion(DnsVerdict.NameError, name.Length == 0 ? "." : name.ToString(), type, offset + 4);
    }

    /// <summary>The answer to <paramref name="message"/>: header and, for NXDOMAIN, the question; no records.</summary>
    public static byte[] Answer(ReadOnlySpan<byte> message, DnsQuestion question)
    {
        var answer = new byte[question.Verdict == DnsVerdict.NameError ? question.QuestionEnd : HeaderLength];
        message[..Math.Min(message.Length, question.Verdict == DnsVerdict.NameError ? answer.Length : 2)].CopyTo(answer);
        var code = question.Verdict switch
        {
            DnsVerdict.NameError => 3,
            DnsVerdict.FormatError => 1,
            _ => 4,
        };
        answer[2] = (byte)(0x80 | (message[2] & 0x79)); // QR, the caller's opcode and RD
        answer[3] = (byte)(0x80 | code);                // RA
        answer[4] = 0;
        answer[5] = (byte)(question.Verdict == DnsVerdict.NameError ? 1 : 0);
        answer.AsSpan(6, 6).Clear();
        return answer;
    }

    private static DnsQuestion Reject(DnsVerdict verdict) => new(verdict, "", "", 0);

    private static void AppendLabel(StringBuilder name, ReadOnlySpan<byte> label)
    {
        if (name.Length > 0)
        {
            name.Append('.');
        }

        foreach (var value in label)
        {
            if (value is (byte)'.' or (byte)'\\')
            {
                name.Append('\\').Append((char)value);
            }
            else if (value is > 0x20 and < 0x7f)
            {
                name.Append((char)value);
            }
            else
            {
                name.Append('\\').Append(value.ToString("D3", CultureInfo.InvariantCulture));
            }
        }
    }

    private static string TypeName(ushort type) => type switch
    {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        33 => "SRV",
        64 => "SVCB",
        65 => "HTTPS",
        255 => "ANY",
        _ => $"TYPE{type.ToString(CultureInfo.InvariantCulture)}",
    };
}
