using System.Net;
using System.Net.Sockets;
using SecureAgent.Contracts.Guest;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// A listening socket on the sandbox's own loopback, made and given by its PID 1 before the agent exists. Only what is in the sandbox can connect to it, so it is the session's as its Unix socket
/// is, and no byte has to be carried from one to the other.
/// </summary>
internal static class HandedListener
{
    private const int SocketLevel = 1;
    private const int AcceptsConnections = 30; // SO_ACCEPTCONN
    private const int NamespaceCookie = 71;    // SO_NETNS_COOKIE, Linux 5.14

    public static bool IsOffer(ReadOnlySpan<byte> first) => first.SequenceEqual(Handover.Offer);

    /// <summary>Null when what was sent with the offer is anything else: then nothing of it stays open.</summary>
    public static Socket? Take(Socket offer)
    {
        Span<byte> text = stackalloc byte[Handover.Offer.Length];
        if (UnixSocketCalls.ReceiveDescriptor(offer, text, out var descriptor) != text.Length || descriptor < 0 || !IsOffer(text))
        {
            Close(descriptor);
            return null;
        }

        Socket? socket = null;
        try
        {
            socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
            // Not the offer's: what connects makes both ends of a Unix connection, in its own network.
            using var own = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (IsOfAnotherLoopback(socket, own))
            {
                return socket;
            }
        }
        catch (SocketException)
        {
            // No socket, or a kernel that cannot tell whose network it is of.
        }

        socket?.Dispose();
        return null;
    }

    /// <summary>A listener of the gate's own network would let in whatever runs on this machine.</summary>
    private static bool IsOfAnotherLoopback(Socket socket, Socket own) =>
        socket is { AddressFamily: AddressFamily.InterNetwork, SocketType: SocketType.Stream, ProtocolType: ProtocolType.Tcp }
        && Option(socket, AcceptsConnections, sizeof(int)) == 1
        && socket.LocalEndPoint is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address)
        && Option(socket, NamespaceCookie, sizeof(ulong)) != Option(own, NamespaceCookie, sizeof(ulong));

    private static ulong Option(Socket socket, int name, int bytes)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        value.Clear();
        var length = socket.GetRawSocketOption(SocketLevel, name, value[..bytes]);
        return length == bytes ? BitConverter.ToUInt64(value) : throw new SocketException((int)SocketError.ProtocolOption);
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
        {
            new SafeSocketHandle(descriptor, ownsHandle: true).Dispose();
        }
    }
}
