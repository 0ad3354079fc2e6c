using System.Net;
using System.Net.Sockets;

namespace SecureAgent.Policy.Egress;

/// <summary>IPv4 addresses that an IPv6 address carries, and what carries them.</summary>
internal static class EmbeddedAddresses
{
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork Nat64Local = IPNetwork.Parse("64:ff9b:1::/48");
    private static readonly IPNetwork Compatible = IPNetwork.Parse("::/96");
    private static readonly IPNetwork Translated = IPNetwork.Parse("::ffff:0:0:0/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Teredo = IPNetwork.Parse("2001::/32");

    /// <summary>The same host in IPv4: mapped addresses (RFC 4291 §2.5.5.2) and the well-known NAT64 prefix (RFC 6052). Null for any other.</summary>
    public static IPAddress? Equivalent(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        return Nat64.Contains(address) ? Bytes(address.GetAddressBytes(), 12) : null;
    }

    /// <summary>IPv4 addresses that a packet to this address may end up at. Empty for native addresses.</summary>
    public static IReadOnlyList<IPAddress> Carried(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return [];
        }

        var bytes = address.GetAddressBytes();
        if (Compatible.Contains(address) || Translated.Contains(address))
        {
            return [Bytes(bytes, 12)];
        }

        if (SixToFour.Contains(address))
        {
            return [Bytes(bytes, 2)];
        }

        if (Teredo.Contains(address))
        {
            // RFC 4380 §4: the server in the clear, the client with all bits inverted.
            return [Bytes(bytes, 4), new IPAddress([.. bytes[12..].Select(part => (byte)~part)])];
        }

        if (Nat64Local.Contains(address))
        {
            // RFC 8215 leaves the prefix length to the operator: /48, /56, /64 skip the byte at bit 64 (RFC 6052 §2.2), /96 is last.
            return
            [
                new IPAddress([bytes[6], bytes[7], bytes[9], bytes[10]]),
                new IPAddress([bytes[7], bytes[9], bytes[10], bytes[11]]),
                Bytes(bytes, 9),
                Bytes(bytes, 12),
            ];
        }

        return IsIsatap(bytes) ? [Bytes(bytes, 12)] : [];
    }

    /// <summary>RFC 5214 §6.1: interface identifier 0:5efe or 200:5efe, then the IPv4 address.</summary>
    private static bool IsIsatap(byte[] bytes) =>
        (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;

    private static IPAddress Bytes(byte[] bytes, int from) => new(bytes.AsSpan(from, 4));
}
