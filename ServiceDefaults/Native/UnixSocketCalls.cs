using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SecureAgent.ServiceDefaults.Native;

/// <summary>Who is at the other end of a connected Unix socket, as the kernel saw it at connect time.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId);

/// <summary>What .NET has no API for with Unix sockets (unix(7)). Numbers are Linux's; callers check the platform first.</summary>
public static unsafe partial class UnixSocketCalls
{
    private const int SocketLevel = 1;
    private const int PeerOption = 17;          // SO_PEERCRED
    private const int Rights = 1;               // SCM_RIGHTS
    private const int DoNotWait = 0x40;         // MSG_DONTWAIT
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC
    private const int ControlTruncated = 0x8;   // MSG_CTRUNC

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public nint NameLength;
        public nint* Parts;
        public nint PartCount;
        public void* Control;
        public nint ControlLength;
        public nint Flags;
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(nint socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSocketOption(nint socket, int level, int option, void* value, int* length);

    /// <returns>Null when the kernel does not say.</returns>
    public static PeerCredentials? PeerOf(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        var peer = default(PeerCredentials);
        var length = sizeof(PeerCredentials);
        return GetSocketOption(socket.Handle, SocketLevel, PeerOption, &peer, &length) == 0 && length == sizeof(PeerCredentials) ? peer : null;
    }

    /// <summary>Takes what is there, without waiting, and the one descriptor that came with it (SCM_RIGHTS); there is room for no second.</summary>
    /// <param name="descriptor">-1 when none came, or more than one was sent.</param>
    /// <returns>Bytes, or less than 0 when there is nothing or the connection failed.</returns>
    public static int ReceiveDescriptor(Socket socket, Span<byte> bytes, out int descriptor)
    {
        ArgumentNullException.ThrowIfNull(socket);
        const int wanted = 20; // struct cmsghdr: size_t length, int level, int type; then one descriptor
        descriptor = -1;
        fixed (byte* data = bytes)
        {
            var part = stackalloc nint[2] { (nint)data, bytes.Length };
            var control = stackalloc long[3] { 0, 0, 0 };
            var message = new Message { Parts = part, PartCount = 1, Control = control, ControlLength = wanted };
            var read = (int)ReceiveMessage(socket.Handle, &message, DoNotWait | CloseOnExec);
            if (read < 0 || message.ControlLength != wanted || control[0] != wanted || control[1] != (SocketLevel | ((long)Rights << 32)))
            {
                return read;
            }

            descriptor = (int)control[2];
            if (((int)message.Flags & ControlTruncated) != 0)
            {
                new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
                descriptor = -1;
            }

            return read;
        }
    }
}
