namespace SecureAgent.Kubernetes.Network;

/// <summary>Addresses that no destination of a policy may turn out to be.</summary>
internal static class SpecialRanges
{
    public static IReadOnlyList<string> Metadata { get; } = ["100.100.100.200/32", "168.63.129.16/32", "169.254.169.254/32", "fd00:ec2::254/128"];

    /// <summary>Special-purpose blocks of IPv4 (IANA), and a metadata address outside of them.</summary>
    public static IReadOnlyList<string> Closed4 { get; } =
    [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ];

    /// <summary>Unique local, link-local, multicast, loopback, mapped, NAT64, documentation, Teredo and 6to4.</summary>
    public static IReadOnlyList<string> Closed6 { get; } =
        ["::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8"];
}
