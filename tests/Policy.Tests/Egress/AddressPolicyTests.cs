using System.Net;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Tests.Egress;

public sealed class AddressPolicyTests
{
    private static readonly IPAddress[] Own = [IPAddress.Parse("198.41.0.4"), IPAddress.Parse("10.1.2.3"), IPAddress.Parse("2a00:1450::5")];

    /// <summary>Each block with its first and last address and the ones just outside it.</summary>
    public static TheoryData<string, ReasonCode> Rows { get; } = new()
    {
        // public
        { "1.1.1.1", ReasonCode.AllowedByRule },
        { "8.8.8.8", ReasonCode.AllowedByRule },
        { "2606:4700::1111", ReasonCode.AllowedByRule },
        { "2a00:1450:4001::1", ReasonCode.AllowedByRule },
        { "2400::1", ReasonCode.AllowedByRule },

        // private: RFC 1918, CGNAT, loopback, link-local, unique-local, site-local
        { "9.255.255.255", ReasonCode.AllowedByRule },
        { "10.0.0.0", ReasonCode.AddressPrivate },
        { "10.255.255.255", ReasonCode.AddressPrivate },
        { "11.0.0.0", ReasonCode.AllowedByRule },
        { "100.63.255.255", ReasonCode.AllowedByRule },
        { "100.64.0.0", ReasonCode.AddressPrivate },
        { "100.127.255.255", ReasonCode.AddressPrivate },
        { "100.128.0.0", ReasonCode.AllowedByRule },
        { "126.255.255.255", ReasonCode.AllowedByRule },
        { "127.0.0.1", ReasonCode.AddressPrivate },
        { "127.255.255.255", ReasonCode.AddressPrivate },
        { "128.0.0.0", ReasonCode.AllowedByRule },
        { "169.253.255.255", ReasonCode.AllowedByRule },
        { "169.254.0.1", ReasonCode.AddressPrivate },
        { "169.254.255.255", ReasonCode.AddressPrivate },
        { "169.255.0.0", ReasonCode.AllowedByRule },
        { "172.15.255.255", ReasonCode.AllowedByRule },
        { "172.16.0.0", ReasonCode.AddressPrivate },
        { "172.31.255.255", ReasonCode.AddressPrivate },
        { "172.32.0.0", ReasonCode.AllowedByRule },
        { "192.167.255.255", ReasonCode.AllowedByRule },
        { "192.168.0.0", ReasonCode.AddressPrivate },
        { "192.168.255.255", ReasonCode.AddressPrivate },
        { "192.169.0.0", ReasonCode.AllowedByRule },
        { "::1", ReasonCode.AddressPrivate },
        { "fc00::1", ReasonCode.AddressPrivate },
        { "fdff:ffff::1", ReasonCode.AddressPrivate },
        { "fe80::1", ReasonCode.AddressPrivate },
        { "fe80::1%1", ReasonCode.AddressPrivate },
        { "febf:ffff::1", ReasonCode.AddressPrivate },
        { "fec0::1", ReasonCode.AddressPrivate },
        { "feff:ffff::1", ReasonCode.AddressPrivate },

        // cloud metadata
        { "169.254.169.254", ReasonCode.AddressMetadata },
        { "169.254.169.253", ReasonCode.AddressMetadata },
        { "169.254.168.255", ReasonCode.AddressPrivate },
        { "169.254.170.2", ReasonCode.AddressMetadata },
        { "169.254.170.23", ReasonCode.AddressMetadata },
        { "169.254.171.0", ReasonCode.AddressPrivate },
        { "169.254.0.23", ReasonCode.AddressMetadata },
        { "169.254.42.42", ReasonCode.AddressMetadata },
        { "100.100.100.200", ReasonCode.AddressMetadata },
        { "100.100.100.201", ReasonCode.AddressPrivate },
        { "168.63.129.16", ReasonCode.AddressMetadata },
        { "168.63.129.17", ReasonCode.AllowedByRule },
        { "192.0.0.192", ReasonCode.AddressMetadata },
        { "fd00:ec2::254", ReasonCode.AddressMetadata },
        { "fd00:ec2::23", ReasonCode.AddressMetadata },
        { "fd20:ce::254", ReasonCode.AddressMetadata },
        { "fd00:42::42", ReasonCode.AddressMetadata },
        { "fe80::a9fe:a9fe", ReasonCode.AddressMetadata },

        // special purpose, v4
        { "0.0.0.0", ReasonCode.AddressSpecial },
        { "0.255.255.255", ReasonCode.AddressSpecial },
        { "1.0.0.0", ReasonCode.AllowedByRule },
        { "191.255.255.255", ReasonCode.AllowedByRule },
        { "192.0.0.0", ReasonCode.AddressSpecial },
        { "192.0.0.170", ReasonCode.AddressSpecial },
        { "192.0.1.0", ReasonCode.AllowedByRule },
        { "192.0.2.255", ReasonCode.AddressSpecial },
        { "192.0.3.0", ReasonCode.AllowedByRule },
        { "192.31.196.1", ReasonCode.AddressSpecial },
        { "192.52.193.1", ReasonCode.AddressSpecial },
        { "192.88.99.1", ReasonCode.AddressSpecial },
        { "192.175.48.1", ReasonCode.AddressSpecial },
        { "198.17.255.255", ReasonCode.AllowedByRule },
        { "198.18.0.0", ReasonCode.AddressSpecial },
        { "198.19.255.255", ReasonCode.AddressSpecial },
        { "198.20.0.0", ReasonCode.AllowedByRule },
        { "198.51.100.7", ReasonCode.AddressSpecial },
        { "203.0.113.7", ReasonCode.AddressSpecial },
        { "203.0.114.0", ReasonCode.AllowedByRule },
        { "223.255.255.255", ReasonCode.AllowedByRule },
        { "224.0.0.1", ReasonCode.AddressSpecial },
        { "239.255.255.255", ReasonCode.AddressSpecial },
        { "240.0.0.1", ReasonCode.AddressSpecial },
        { "255.255.255.255", ReasonCode.AddressSpecial },

        // special purpose, v6
        { "::", ReasonCode.AddressSpecial },
        { "100::1", ReasonCode.AddressSpecial },
        { "100:0:0:1::1", ReasonCode.AddressSpecial },
        { "1fff:ffff::1", ReasonCode.AddressSpecial },
        { "2000::1", ReasonCode.AllowedByRule },
        { "2001:1::1", ReasonCode.AddressSpecial },
        { "2001:2::1", ReasonCode.AddressSpecial },
        { "2001:20::1", ReasonCode.AddressSpecial },
        { "2001:1ff:ffff::1", ReasonCode.AddressSpecial },
        { "2001:200::1", ReasonCode.AllowedByRule },
        { "2001:db8::1", ReasonCode.AddressSpecial },
        { "2001:db9::1", ReasonCode.AllowedByRule },
        { "2620:4f:8000::1", ReasonCode.AddressSpecial },
        { "3ffe::1", ReasonCode.AllowedByRule },
        { "3fff::1", ReasonCode.AddressSpecial },
        { "3fff:fff::1", ReasonCode.AddressSpecial },
        { "4000::1", ReasonCode.AddressSpecial },
        { "5f00::1", ReasonCode.AddressSpecial },
        { "fbff::1", ReasonCode.AddressSpecial },
        { "fe00::1", ReasonCode.AddressSpecial },
        { "ff02::1", ReasonCode.AddressSpecial },

        // IPv4 in IPv6: mapped and NAT64 are the host they carry
        { "::ffff:8.8.8.8", ReasonCode.AllowedByRule },
        { "::ffff:127.0.0.1", ReasonCode.AddressPrivate },
        { "::ffff:169.254.169.254", ReasonCode.AddressMetadata },
        { "::ffff:0.0.0.0", ReasonCode.AddressSpecial },
        { "64:ff9b::8.8.8.8", ReasonCode.AllowedByRule },
        { "64:ff9b::10.0.0.1", ReasonCode.AddressPrivate },
        { "64:ff9b::169.254.169.254", ReasonCode.AddressMetadata },
        { "64:ff9b::1:8.8.8.8", ReasonCode.AddressSpecial },

        // the other carriers are no destination, and metadata in them keeps its name
        { "64:ff9b:1::8.8.8.8", ReasonCode.AddressSpecial },
        { "64:ff9b:1::169.254.169.254", ReasonCode.AddressMetadata },
        { "64:ff9b:1:a9fe:a9:fe00::", ReasonCode.AddressMetadata },
        { "64:ff9b:1:a9:fe:a9fe::", ReasonCode.AddressMetadata },
        { "::8.8.8.8", ReasonCode.AddressSpecial },
        { "::169.254.169.254", ReasonCode.AddressMetadata },
        { "::ffff:0:8.8.8.8", ReasonCode.AddressSpecial },
        { "::ffff:0:169.254.169.254", ReasonCode.AddressMetadata },
        { "2002:808:808::1", ReasonCode.AddressSpecial },
        { "2002:a9fe:a9fe::1", ReasonCode.AddressMetadata },
        { "2001:0:808:808::f7f7:f7f7", ReasonCode.AddressSpecial },
        { "2001:0:a9fe:a9fe::1", ReasonCode.AddressMetadata },
        { "2001::5601:5601", ReasonCode.AddressMetadata },
        { "2400::5efe:a9fe:a9fe", ReasonCode.AddressMetadata },
        { "2400::200:5efe:a00:1", ReasonCode.AddressSpecial },

        // the machine's own
        { "198.41.0.4", ReasonCode.AddressOfHost },
        { "::ffff:198.41.0.4", ReasonCode.AddressOfHost },
        { "198.41.0.5", ReasonCode.AllowedByRule },
        { "10.1.2.3", ReasonCode.AddressOfHost },
        { "2a00:1450::5", ReasonCode.AddressOfHost },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Address_OrdinaryRule_MeetsItsReason(string address, ReasonCode expected)
    {
        var rule = Make.Egress("example.com");
        var decision = AddressPolicy.Decide(rule, IPAddress.Parse(address), Own);

        Assert.Equal(expected, decision.Reason);
        Assert.Equal(expected == ReasonCode.AllowedByRule, decision.IsAllowed);
        Assert.Equal(rule.Rule, decision.Rule);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Address_RuleThatAllowsPrivate_OpensPrivateAndOwnOnly(string address, ReasonCode ordinary)
    {
        var decision = AddressPolicy.Decide(Make.Egress("example.com", allowPrivate: true), IPAddress.Parse(address), Own);
        var isOpened = ordinary is ReasonCode.AllowedByRule or ReasonCode.AddressPrivate or ReasonCode.AddressOfHost;

        Assert.Equal(isOpened, decision.IsAllowed);
        Assert.Equal(isOpened ? ReasonCode.AllowedByRule : ordinary, decision.Reason);
    }
}
