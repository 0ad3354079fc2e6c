using System.Buffers.Binary;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>
/// A packet socket on <c>lo</c> that sees every TCP SYN and UDP datagram to an address other than 127.0.0.0/8 and ::1. The choice
/// is made in the kernel by a classic BPF program, so that relay traffic costs nothing.
/// </summary>
internal static unsafe class BypassSocket
{
    private const ushort EthPAll = 0x0003;
    private const int SolSocket = 1;
    private const int SoAttachFilter = 26;
    private const int SoReceiveBuffer = 8;
    private const int LoopbackIndex = 1;

    /// <summary>Opens the socket as <paramref name="descriptor"/>, which stays open over execve until Guest takes it.</summary>
    public static void Open(int descriptor)
    {
        // Protocol 0 receives nothing: no packet gets in before the filter is attached.
        var socket = Libc.Socket(Linux.AF_PACKET, Linux.SOCK_DGRAM | Linux.SOCK_CLOEXEC, 0);
        if (socket < 0)
        {
            throw GuestException.FromErrno("packet socket", SandboxLayers.BypassCatcher);
        }

        var filter = Filter();
        fixed (BpfInstruction* instructions = filter)
        {
            var program = new BpfProgram { Length = (ushort)filter.Length, Instructions = instructions };
            if (Libc.SetSockOpt(socket, SolSocket, SoAttachFilter, &program, sizeof(BpfProgram)) != 0)
            {
                throw GuestException.FromErrno("filter of the packet socket", SandboxLayers.BypassCatcher);
            }
        }

        var receiveBuffer = 1 << 20;
        _ = Libc.SetSockOpt(socket, SolSocket, SoReceiveBuffer, &receiveBuffer, sizeof(int)); // only a wish: capped by rmem_max

        var address = stackalloc byte[20]; // struct sockaddr_ll
        new Span<byte>(address, 20).Clear();
        *(ushort*)address = Linux.AF_PACKET;
        *(ushort*)(address + 2) = BinaryPrimitives.ReverseEndianness(EthPAll);
        *(int*)(address + 4) = LoopbackIndex;
        if (Libc.Bind(socket, address, 20) != 0)
        {
            throw GuestException.FromErrno("bind the packet socket to lo", SandboxLayers.BypassCatcher);
        }

        if (Libc.Dup2(socket, descriptor) < 0)
        {
            throw GuestException.FromErrno("keep the packet socket", SandboxLayers.BypassCatcher);
        }

        if (socket != descriptor)
        {
            _ = Libc.Close(socket);
        }
    }

    /// <summary>Offsets are from the network header. Jumps count instructions after the next one.</summary>
    internal static BpfInstruction[] Filter() =>
    [
        Bpf.LoadByte(unchecked((uint)(-0x1000 + 4))),    //  0 SKF_AD_PKTTYPE: lo shows each packet twice
        Bpf.JumpIfEqual(4, 32, 0),                       //  1 PACKET_OUTGOING → drop (34)
        Bpf.LoadByte(0),                                 //  2
        Bpf.And(0xf0),                                   //  3
        Bpf.JumpIfEqual(0x40, 2, 0),                     //  4 IPv4 → 7
        Bpf.JumpIfEqual(0x60, 13, 0),                    //  5 IPv6 → 19
        Bpf.Return(0),                                   //  6
        Bpf.LoadByte(16),                                //  7 first octet of the destination
        Bpf.JumpIfEqual(127, 25, 0),                     //  8 → drop
        Bpf.LoadByte(9),                                 //  9 protocol
        Bpf.JumpIfEqual(17, 22, 0),                      // 10 UDP → accept (33)
        Bpf.JumpIfEqual(6, 0, 22),                       // 11 not TCP → drop
        Bpf.LoadHalf(6),                                 // 12 fragment offset
        Bpf.JumpIfSet(0x1fff, 20, 0),                    // 13 later fragment → drop
        Bpf.LoadHeaderLength(0),                         // 14 X = 4 * IHL
        Bpf.LoadByteIndexed(13),                         // 15 TCP flags
        Bpf.And(0x12),                                   // 16
        Bpf.JumpIfEqual(0x02, 15, 16),                   // 17 SYN without ACK → accept, else drop
        Bpf.Return(0),                                   // 18
        Bpf.LoadWord(24),                                // 19 ::1, word by word
        Bpf.JumpIfEqual(0, 0, 6),                        // 20 → 27
        Bpf.LoadWord(28),                                // 21
        Bpf.JumpIfEqual(0, 0, 4),                        // 22
        Bpf.LoadWord(32),                                // 23
        Bpf.JumpIfEqual(0, 0, 2),                        // 24
        Bpf.LoadWord(36),                                // 25
        Bpf.JumpIfEqual(1, 7, 0),                        // 26 → drop
        Bpf.LoadByte(6),                                 // 27 next header
        Bpf.JumpIfEqual(17, 4, 0),                       // 28 UDP → accept
        Bpf.JumpIfEqual(6, 0, 4),                        // 29 not TCP → drop
        Bpf.LoadByte(53),                                // 30 flags of the TCP header at 40
        Bpf.And(0x12),                                   // 31
        Bpf.JumpIfEqual(0x02, 0, 1),                     // 32
        Bpf.Return(64),                                  // 33 accept: both headers as far as the ports
        Bpf.Return(0),                                   // 34 drop
    ];
}
