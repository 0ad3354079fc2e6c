using System.Net;
using SecureAgent.Guest.Network;

namespace SecureAgent.Guest.Tests.Network;

public sealed class BypassFilterTests
{
    [Theory]
    [InlineData("8.8.8.8", 6, 0x02, true)]    // SYN
    [InlineData("8.8.8.8", 6, 0x12, false)]   // SYN+ACK
    [InlineData("8.8.8.8", 6, 0x10, false)]   // ACK
    [InlineData("8.8.8.8", 17, 0, true)]
    [InlineData("8.8.8.8", 1, 0, false)]      // ICMP
    [InlineData("127.0.0.1", 6, 0x02, false)]
    [InlineData("127.9.9.9", 17, 0, false)]
    [InlineData("128.0.0.1", 17, 0, true)]
    [InlineData("126.255.255.255", 6, 0x02, true)]
    [InlineData("::1", 6, 0x02, false)]
    [InlineData("::2", 6, 0x02, true)]
    [InlineData("1::1", 17, 0, true)]
    [InlineData("0:0:1::1", 17, 0, true)]
    [InlineData("::1:0:1", 17, 0, true)]
    [InlineData("2001:db8::1", 6, 0x12, false)]
    [InlineData("2001:db8::1", 58, 0, false)] // ICMPv6
    public void Filter_Packet_IsKeptOnlyWhenItGoesAround(string destination, byte protocol, byte flags, bool kept)
    {
        var packet = Packet(IPAddress.Parse(destination), protocol, flags, 443);

        Assert.Equal(kept, BpfMachine.Run(BypassSocket.Filter(), packet, packetType: 0) > 0);
        Assert.Equal(0u, BpfMachine.Run(BypassSocket.Filter(), packet, packetType: 4)); // the outgoing copy
    }

    [Theory]
    [InlineData("8.8.8.8", 6, "tcp")]
    [InlineData("2001:db8::1", 17, "udp")]
    public void Parse_Packet_NamesTheDestination(string destination, byte protocol, string name)
    {
        var attempt = BypassCatcher.Parse(Packet(IPAddress.Parse(destination), protocol, 2, 443));

        Assert.Equal(new BypassAttempt(name, IPAddress.Parse(destination), 443), attempt);
    }

    [Fact]
    public void Parse_AnyPrefix_NeverThrows()
    {
        foreach (var destination in new[] { "8.8.8.8", "2001:db8::1" })
        {
            var packet = Packet(IPAddress.Parse(destination), 6, 2, 443);
            for (var length = 0; length < packet.Length; length++)
            {
                _ = BypassCatcher.Parse(packet.AsSpan(0, length));
            }
        }
    }

    private static byte[] Packet(IPAddress destination, byte protocol, byte flags, int port)
    {
        var v6 = destination.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var header = v6 ? 40 : 24; // IPv4 with one option word
        var packet = new byte[header + 20];
        packet[0] = v6 ? (byte)0x60 : (byte)0x46;
        packet[v6 ? 6 : 9] = protocol;
        destination.GetAddressBytes().CopyTo(packet, v6 ? 24 : 16);
        packet[header + 2] = (byte)(port >> 8);
        packet[header + 3] = (byte)port;
        packet[header + 13] = flags;
        return packet;
    }
}
