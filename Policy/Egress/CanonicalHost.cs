using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SecureAgent.Policy.Egress;

/// <summary>One canonical spelling of a host, or nothing.</summary>
/// <param name="Name">Lower-case ASCII (IDN as A-labels) without trailing dot, or an address in its canonical text.</param>
/// <param name="Address">Set when the host is an address literal.</param>
public sealed record CanonicalHost(string Name, IPAddress? Address)
{
    /// <summary>RFC 1035 §2.3.4, without the trailing dot.</summary>
    private const int MaxName = 253;

    private const int MaxLabel = 63;

    private static readonly SearchValues<char> V6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>
    /// RFC 3986 §3.2.2, RFC 5890: folds case, strips one trailing dot and IPv6 brackets, maps IDN; refuses userinfo, percent, NUL, CR, LF, spaces,
    /// empty labels, labels over 63, names over 253, and every address spelling but dotted-quad decimal and bracketed or bare IPv6
    /// (decimal, octal, hex and short forms are refused). Ports are not part of the host.
    /// </summary>
    public static CanonicalHost? TryParse(string text)
    {
        // The longest Unicode spelling of a name is bounded too: four bytes of punycode stand for at least one character.
        if (string.IsNullOrEmpty(text) || text.Length > MaxName + 2)
        {
            return null;
        }

        if (text[0] == '[')
        {
            return text[^1] == ']' && text.Contains(':', StringComparison.Ordinal) ? V6(text[1..^1]) : null;
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return V6(text);
        }

        var name = DomainName.ToAscii(text);
        if (name is null)
        {
            return null;
        }

        name = name.EndsWith('.') ? name[..^1] : name;
        var labels = name.Split('.');
        if (name.Length > MaxName || !labels.All(IsLabel))
        {
            return null;
        }

        if (!EndsInNumber(labels[^1]))
        {
            return new CanonicalHost(name, null);
        }

        return TryParseV4(name, out var address) ? new CanonicalHost(name, address) : null;
    }

    public override string ToString() => Name;

    /// <summary>Letters, digits, inner hyphens (RFC 1123 §2.1) and the underscore that service names use.</summary>
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabel
        && label[0] != '-' && label[^1] != '-'
        && label.All(unit => char.IsAsciiLetterLower(unit) || char.IsAsciiDigit(unit) || unit is '-' or '_');

    /// <summary>
    /// The test of the WHATWG URL standard ("ends in a number"): resolvers read such names as addresses (inet_aton takes <c>0x7f.1</c>), so
    /// what is not the one canonical form is refused.
    /// </summary>
    private static bool EndsInNumber(string last) =>
        last.All(char.IsAsciiDigit)
        || (last.StartsWith("0x", StringComparison.Ordinal) && last.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0);

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static bool TryParseV4(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var parts = text.Split('.');
        if (parts.Length != 4)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        for (var at = 0; at < 4; at++)
        {
            var part = parts[at];
            var isCanonical = part.Length is 1 or 2 or 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0');
            if (!isCanonical || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[at]))
            {
                return false;
            }
        }

        address = new IPAddress(bytes);
        return true;
    }

    private static CanonicalHost? V6(string text)
    {
        // No '%': a zone names an interface of this machine, never a destination a rule could mean.
        if (text.Length is < 2 or > 45 || text.AsSpan().ContainsAnyExcept(V6Characters))
        {
            return null;
        }

        var tail = text[(text.LastIndexOf(':') + 1)..];
        if (tail.Contains('.', StringComparison.Ordinal) && !TryParseV4(tail, out _))
        {
            return null;
        }

        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        // ::ffff:1.2.3.4 is the same destination as 1.2.3.4 and must meet the same rule.
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return new CanonicalHost(address.ToString(), address);
    }
}
