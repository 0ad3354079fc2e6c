namespace SecureAgent.Policy.Egress;

/// <summary>The host of an egress rule: an exact canonical host, or <c>*.suffix</c>.</summary>
public static class HostPattern
{
    private const string Wildcard = "*.";

    /// <summary><c>*.suffix</c> stands for one or more labels before the suffix: never for the suffix itself, never for an address.</summary>
    public static bool Matches(string pattern, CanonicalHost host)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(host);
        return pattern.StartsWith(Wildcard, StringComparison.Ordinal)
            ? host.Address is null
                && host.Name.Length > pattern.Length - 1
                && host.Name.EndsWith(pattern[1..], StringComparison.Ordinal)
            : string.Equals(pattern, host.Name, StringComparison.Ordinal);
    }

    /// <summary>The canonical pattern, or null with the reason in <paramref name="fault"/>.</summary>
    public static string? TryParse(string text, out string fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        fault = "";
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
                _ => "is not a host; write a name (api.example.com), *.suffix, a dotted-quad IPv4 address or an IPv6 address, without port",
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
