using System.Buffers.Binary;
using System.Net.Sockets;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>The only interface of the sandbox.</summary>
internal static unsafe class Loopback
{
    private const int Index = 1;
    private const uint SIOCGIFFLAGS = 0x8913;
    private const uint SIOCSIFFLAGS = 0x8914;
    private const short IFF_UP = 1;

    public static void Up()
    {
        var socket = Libc.Socket(Linux.AF_INET, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            throw GuestException.FromErrno("socket for lo");
        }

        var request = stackalloc byte[40]; // struct ifreq: 16 bytes of name, then the flags
        new Span<byte>(request, 40).Clear();
        request[0] = (byte)'l';
        request[1] = (byte)'o';
        if (Libc.Ioctl(socket, SIOCGIFFLAGS, request) != 0)
        {
            throw GuestException.FromErrno("flags of lo");
        }

        *(short*)(request + 16) |= IFF_UP;
        if (Libc.Ioctl(socket, SIOCSIFFLAGS, request) != 0)
        {
            throw GuestException.FromErrno("bring lo up");
        }

        _ = Libc.Close(socket);
    }

    /// <summary>
    /// AnyIP: <c>local default dev lo table local</c> for IPv4 and IPv6. A packet to any address is delivered here, so a program that
    /// goes around the proxy is refused at once, and <see cref="BypassSocket"/> sees where it wanted to go.
    /// </summary>
    public static void RouteEverythingHere()
    {
        AddLocalDefault(AddressFamily.InterNetwork, Linux.AF_INET);
        AddLocalDefault(AddressFamily.InterNetworkV6, Linux.AF_INET6);
    }

    private static void AddLocalDefault(AddressFamily family, byte wireFamily)
    {
        var socket = Libc.Socket(Linux.AF_NETLINK, Linux.SOCK_RAW | Linux.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            throw GuestException.FromErrno("rtnetlink socket");
        }

        var message = LocalDefaultRoute(wireFamily);
        fixed (byte* bytes = message)
        {
            if (Libc.Write(socket, bytes, message.Length) != message.Length)
            {
                throw GuestException.FromErrno($"{family} default route to lo");
            }
        }

        var reply = stackalloc byte[512];
        var length = Libc.Read(socket, reply, 512);
        _ = Libc.Close(socket);
        // NLMSG_ERROR (2) with code 0 is the acknowledgement; a kernel without IPv6 answers EAFNOSUPPORT or EOPNOTSUPP.
        var error = length >= 20 && *(ushort*)(reply + 4) == 2 ? -*(int*)(reply + 16) : Linux.EINVAL;
        if (error != 0 && !(wireFamily == Linux.AF_INET6 && error is Linux.EAFNOSUPPORT or Linux.EOPNOTSUPP))
        {
            throw new GuestException($"{family} default route to lo: errno {error}");
        }
    }

    /// <summary>One RTM_NEWROUTE message (rtnetlink(7)): nlmsghdr 16, rtmsg 12, RTA_OIF 8 bytes.</summary>
    private static byte[] LocalDefaultRoute(byte wireFamily)
    {
        const ushort rtmNewRoute = 24;
        const ushort requestAckCreate = 0x1 | 0x4 | 0x400;
        var message = new byte[36];
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), rtmNewRoute);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), requestAckCreate);
        message[16] = wireFamily;
        message[20] = 255; // RT_TABLE_LOCAL
        message[21] = 4;   // RTPROT_STATIC
        message[22] = 254; // RT_SCOPE_HOST
        message[23] = 2;   // RTN_LOCAL
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(28), 8);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(30), 4); // RTA_OIF
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(32), Index);
        return message;
    }
}
