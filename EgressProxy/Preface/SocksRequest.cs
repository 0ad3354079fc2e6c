using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace SecureAgent.EgressProxy.Preface;

/// <summary>A SOCKS5 request (RFC 1928 §4). Pure, bounded; what two readers could take for two things is malformed.</summary>
/// <param name="Length">Bytes of the request; only when complete.</param>
/// <param name="Host">Name as sent, or an address as text; only when complete.</param>
internal readonly record struct SocksRequest(HeadStatus Status, int Length, byte Command, string Host, int Port) : IHead
{
    public const byte Connect = 1;

    /// <summary>Longest request, in bytes.</summary>
    public const int MaxLength = FixedLength + 1 + byte.MaxValue + PortLength;

    private const int FixedLength = 4;
    private const int PortLength = 2;
    private const byte IPv4 = 1;
    private const byte Name = 3;
    private const byte IPv6 = 4;

    private static SocksRequest Malformed => new(HeadStatus.Malformed, 0, 0, "", 0);

    private static SocksRequest Incomplete => new(HeadStatus.Incomplete, 0, 0, "", 0);

    public static SocksRequest Parse(ReadOnlySpan<byte> bytes)
    {
        if ((bytes.Length > 0 && bytes[0] != SocksGreeting.Version) || (bytes.Length > 2 && bytes[2] != 0))
        {
            return Malformed;
        }

        if (bytes.Length <= FixedLength)
        {
            return bytes.Length == FixedLength && AddressLength(bytes[3], 1) is null ? Malformed : Incomplete;
        }

        if (AddressLength(bytes[3], bytes[FixedLength]) is not { } size)
        {
            return Malformed;
        }

        var length = FixedLength + size + PortLength;
        return bytes.Length < length ? Incomplete : Read(bytes[..length], bytes[3]);
    }

    /// <summary>Bytes of the address, the length of a name included; null for what is none.</summary>
    private static int? AddressLength(byte type, byte first) => type switch
    {
        IPv4 => 4,
        IPv6 => 16,
        Name when first > 0 => 1 + first,
        _ => null,
    };

    private static SocksRequest Read(ReadOnlySpan<byte> request, byte type)
    {
        var address = request[FixedLength..^PortLength];
        var port = BinaryPrimitives.ReadUInt16BigEndian(request[^PortLength..]);
        if (port == 0 || (type == Name && address[1..].ContainsAnyExceptInRange((byte)0x21, (byte)0x7e)))
        {
            return Malformed;
        }

        var host = type switch
        {
            IPv4 => new IPAddress(address).ToString(),
            IPv6 => $"[{new IPAddress(address)}]",
            _ => Encoding.ASCII.GetString(address[1..]),
        };
        return new SocksRequest(HeadStatus.Complete, request.Length, request[1], host, port);
    }
}
