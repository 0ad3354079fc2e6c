using System.Net;

namespace SecureAgent.Policy.Egress;

/// <summary>
/// The special-purpose address blocks. Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190; both as of 2024-11),
/// IANA IPv4 multicast and class E, RFC 6598 (CGNAT), RFC 3879 (site-local), and the metadata endpoints the cloud vendors document.
/// Blocks that the registries call globally reachable (AS112, AMT, anycast services) are listed as well: no service that a policy names lives there.
/// </summary>
internal static class SpecialAddresses
{
    /// <summary>Credentials of the machine are handed out here to whoever asks. Never reachable, whatever the policy says.</summary>
    public static IReadOnlyList<IPNetwork> Metadata { get; } = Parse(
        "169.254.169.0/24",     // AWS, Azure, GCP, Oracle, DigitalOcean, Hetzner, OpenStack: .254; AWS DNS .253 and time .123; Rancher .250
        "169.254.170.0/24",     // AWS ECS task credentials .2, EKS pod identity .23
        "169.254.0.23/32",      // Tencent Cloud
        "169.254.42.42/32",     // Scaleway
        "100.100.100.200/32",   // Alibaba Cloud
        "168.63.129.16/32",     // Azure wire server
        "192.0.0.192/32",       // Oracle Cloud classic
        "fd00:ec2::/32",        // AWS: ::254 metadata, ::23 pod identity, ::253 DNS, ::123 time
        "fd20:ce::254/128",     // GCP
        "fd00:42::42/128",      // Scaleway
        "fd00:a9fe:a9fe::/64",  // OpenStack-derived clouds
        "fe80::a9fe:a9fe/128"); // OpenStack

    /// <summary>Dialled only by a rule with <c>allowPrivate: true</c>.</summary>
    public static IReadOnlyList<IPNetwork> Private { get; } = Parse(
        "10.0.0.0/8",           // RFC 1918
        "100.64.0.0/10",        // RFC 6598 shared address space (CGNAT)
        "127.0.0.0/8",          // RFC 1122 loopback
        "169.254.0.0/16",       // RFC 3927 link-local
        "172.16.0.0/12",        // RFC 1918
        "192.168.0.0/16",       // RFC 1918
        "::1/128",              // RFC 4291 loopback
        "fc00::/7",             // RFC 4193 unique-local
        "fe80::/10",            // RFC 4291 link-local
        "fec0::/10");           // RFC 3879 site-local, deprecated

    /// <summary>No destination for a connection.</summary>
    public static IReadOnlyList<IPNetwork> Special { get; } = Parse(
        "0.0.0.0/8",            // RFC 791 "this network"; 0.0.0.0 reaches the machine itself
        "192.0.0.0/24",         // RFC 6890 IETF protocol assignments
        "192.0.2.0/24",         // RFC 5737 documentation
        "192.31.196.0/24",      // RFC 7535 AS112
        "192.52.193.0/24",      // RFC 7450 AMT
        "192.88.99.0/24",       // RFC 7526 6to4 relay anycast, deprecated
        "192.175.48.0/24",      // RFC 7534 AS112
        "198.18.0.0/15",        // RFC 2544 benchmarking
        "198.51.100.0/24",      // RFC 5737 documentation
        "203.0.113.0/24",       // RFC 5737 documentation
        "224.0.0.0/4",          // RFC 5771 multicast
        "240.0.0.0/4",          // RFC 1112 reserved, with 255.255.255.255
        "::/128",               // RFC 4291 unspecified
        "100::/64",             // RFC 6666 discard
        "100:0:0:1::/64",       // RFC 9780 dummy prefix
        "2001::/23",            // RFC 2928 IETF protocol assignments, with Teredo, benchmarking, ORCHID
        "2001:db8::/32",        // RFC 3849 documentation
        "2002::/16",            // RFC 3056 6to4, deprecated
        "2620:4f:8000::/48",    // RFC 7534 AS112
        "3fff::/20",            // RFC 9637 documentation
        "5f00::/16",            // RFC 9602 segment routing
        "ff00::/8");            // RFC 4291 multicast

    /// <summary>RFC 4291 §2.4: everything else in IPv6 is reserved or one of the blocks above.</summary>
    public static IPNetwork GlobalUnicastV6 { get; } = IPNetwork.Parse("2000::/3");

    public static bool Contains(IReadOnlyList<IPNetwork> blocks, IPAddress address)
    {
        foreach (var block in blocks)
        {
            if (block.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork[] Parse(params string[] blocks) => [.. blocks.Select(block => IPNetwork.Parse(block))];
}
