using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>One packet that went around the proxy. The kernel has refused it already.</summary>
internal readonly record struct BypassAttempt(string Protocol, IPAddress Address, int Port);

/// <summary>Reads what <see cref="BypassSocket"/> sees, on a thread of its own, until the process ends.</summary>
internal sealed unsafe class BypassCatcher(int descriptor, Action<BypassAttempt> report)
{
    private const int SnapLength = 64;
    private const int DontWait = 0x40;
    private readonly Lock turn = new();

    public void Start()
    {
        _ = Libc.Fcntl(descriptor, Linux.F_SETFD, Linux.FD_CLOEXEC);
        new Thread(Loop) { IsBackground = true, Name = "bypass" }.Start();
    }

    /// <summary>Reports what is queued, so that a program that ends at once after its attempt is still seen.</summary>
    public void Drain()
    {
        while (ReadOne(DontWait))
        {
        }
    }

    private void Loop()
    {
        const int peek = 0x2;
        var one = stackalloc byte[1];
        while (true)
        {
            // Waits without holding the turn; the packet stays queued for whoever reads it.
            if (Libc.RecvFrom(descriptor, one, 1, peek, null, null) < 0
                && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() != Linux.EINTR)
            {
                return;
            }

            ReadOne(DontWait);
        }
    }

    private bool ReadOne(int flags)
    {
        lock (turn)
        {
            var packet = stackalloc byte[SnapLength];
            var length = (int)Libc.RecvFrom(descriptor, packet, SnapLength, flags, null, null);
            if (length < 0)
            {
                return false;
            }

            if (Parse(new ReadOnlySpan<byte>(packet, length)) is { } attempt)
            {
                report(attempt);
            }

            return true;
        }
    }

    /// <summary>The destination of an IPv4 or IPv6 packet that starts at its network header; null when it is too short.</summary>
    internal static BypassAttempt? Parse(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 20)
        {
            return null;
        }

        var isV6 = packet[0] >> 4 == 6;
        var header = isV6 ? 40 : (packet[0] & 0x0f) * 4;
        if (header < 20 || packet.Length < header + 4)
        {
            return null;
        }

        var protocol = isV6 ? packet[6] : packet[9];
        var address = isV6 ? packet.Slice(24, 16) : packet.Slice(16, 4);
        var name = protocol switch { 6 => "tcp", 17 => "udp", _ => protocol.ToString(CultureInfo.InvariantCulture) };
        return new BypassAttempt(name, new IPAddress(address), BinaryPrimitives.ReadUInt16BigEndian(packet[(header + 2)..]));
    }
}
