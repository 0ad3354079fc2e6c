using System.Net;

namespace SecureAgent.Policy.Egress;

/// <summary>The host of an egress rule: an exact canonical host, <c>*.suffix</c>, or a block of addresses.</summary>
public static class HostPattern
{
    private const string Wildcard = "*.";

    /// <summary>
    /// <c>*.suffix</c> stands for one or more labels before the suffix: never for the suffix itself, never for an address. A block stands for addresses that
    /// are asked for as such, never for a name, whatever it resolves to.
    /// </summary>
    public static bool Matches(string pattern, CanonicalHost host)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(host);
        if (pattern.StartsWith(Wildcard, StringComparison.Ordinal))
        {
            return host.Address is null && IsBelow(pattern, host.Name);
        }

        return AddressBlock.Of(pattern) is { } block
            ? host.Address is { } address && block.Contains(address)
            : string.Equals(pattern, host.Name, StringComparison.Ordinal);
    }

    /// <summary>Whether every host that <paramref name="other"/> stands for is one of <paramref name="pattern"/>.</summary>
    public static bool Covers(string pattern, string other)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(other);
        return string.Equals(pattern, other, StringComparison.Ordinal)
            || (AddressBlock.Of(other) is { } inner
                ? AddressBlock.Of(pattern) is { } outer && outer.PrefixLength < inner.PrefixLength && outer.Contains(inner.BaseAddress)
                : other.StartsWith(Wildcard, StringComparison.Ordinal)
                    ? pattern.StartsWith(Wildcard, StringComparison.Ordinal) && IsBelow(pattern, other)
                    : Matches(pattern, CanonicalHost.TryParse(other)!));
    }

    /// <summary>The block of a pattern; null for a host.</summary>
    public static IPNetwork? BlockOf(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return AddressBlock.Of(pattern);
    }

    private static bool IsBelow(string pattern, string name) => name.Length > pattern.Length - 1 && name.EndsWith(pattern[1..], StringComparison.Ordinal);

    /// <summary>The canonical pattern, or null with the reason in <paramref name="fault"/>.</summary>
    public static string? TryParse(string text, out string fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        fault = "";
        if (AddressBlock.MayBe(text) && text.AsSpan().IndexOfAnyExcept(AddressBlock.Characters) < 0)
        {
            return AddressBlock.TryParse(text, out fault);
        }

        var isWildcard = text.StartsWith(Wildcard, StringComparison.Ordinal);
        var host = CanonicalHost.TryParse(isWildcard ? text[Wildcard.Length..] : text);
        if (host is null)
        {
            fault = text switch
            {
                _ when text.Contains("://", StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal) =>
                    "is a URL; write the host alone and put the port under ports",
                "*" => "would match every host; name the hosts, or use *.example.com for everything below one name",
                _ when text.Contains('*', StringComparison.Ordinal) && !isWildcard => "may have a wildcard only as its whole first label, as in *.example.com",
                _ => "is not a host; write a name (api.example.com), *.suffix, a dotted-quad IPv4 address, an IPv6 address or a block of them (10.1.0.0/16), without port",
            };
            return null;
        }

        if (isWildcard && host.Address is not null)
        {
            fault = "has a wildcard before an address; write the address alone";
            return null;
        }

        if (isWildcard && !host.Name.Contains('.', StringComparison.Ordinal))
        {
            fault = "would match a whole top-level domain; name at least two labels after the wildcard";
            return null;
        }

        return isWildcard ? Wildcard + host.Name : host.Name;
    }
}
