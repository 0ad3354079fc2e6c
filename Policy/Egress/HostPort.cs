using System.Globalization;

namespace SecureAgent.Policy.Egress;

/// <summary><c>host:port</c> as one writes it on a command line or finds it in an audit record.</summary>
internal static class HostPort
{
    public static (CanonicalHost Host, int Port)? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            return null;
        }

        // Without brackets the last group of an IPv6 address would be read as a port.
        var host = text[..colon];
        var isBareV6 = host.Contains(':', StringComparison.Ordinal) && host[0] != '[';
        return !isBareV6 && CanonicalHost.TryParse(host) is { } canonical ? (canonical, port) : null;
    }
}
