using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SecureAgent.Policy.Egress;

/// <summary>A block of addresses in CIDR form (RFC 4632, RFC 4291 §2.3), written in one way: the bits behind the prefix are zero.</summary>
internal static class AddressBlock
{
    /// <summary>Larger blocks name whole registries, not a network somebody means.</summary>
    private const int LargestV4 = 8;

    private const int LargestV6 = 16;

    /// <summary>All that a block may be written with.</summary>
    public static SearchValues<char> Characters { get; } = SearchValues.Create("0123456789abcdefABCDEF.:/[]");

    public static bool MayBe(string text) => text.Contains('/', StringComparison.Ordinal);

    /// <summary>The block of a pattern that was read by <see cref="TryParse"/>; null for a host.</summary>
    public static IPNetwork? Of(string pattern) => MayBe(pattern) ? IPNetwork.Parse(pattern) : null;

    /// <summary>The canonical text, or null with the reason in <paramref name="fault"/>.</summary>
    public static string? TryParse(string text, out string fault)
    {
        fault = "is no block of addresses; write 10.1.0.0/16 or fd00:1::/32, the bits behind the prefix all zero";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (CanonicalHost.TryParse(text[..slash])?.Address is not { } first || !IPNetwork.TryParse($"{first}{text[slash..]}", out var block)
            || !block.BaseAddress.Equals(first) || text[(slash + 1)..] != block.PrefixLength.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        var (bits, largest) = first.AddressFamily == AddressFamily.InterNetwork ? (32, LargestV4) : (128, LargestV6);
        fault = block.PrefixLength switch
        {
            var length when length == bits => "is a block of one address; write the address alone",
            var length when length < largest => $"is too large a block; the prefix has at least {largest} bits",
            _ => "",
        };
        return fault.Length == 0 ? $"{block.BaseAddress}/{block.PrefixLength}" : null;
    }
}
