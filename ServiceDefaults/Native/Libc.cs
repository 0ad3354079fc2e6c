using System.Runtime.InteropServices;

namespace SecureAgent.ServiceDefaults.Native;

/// <summary>The few system calls that .NET does not offer. Numbers are Linux's; callers check the platform first.</summary>
internal static partial class Libc
{
    public const int SigKill = 9;
    private const int PrSetPdeathsig = 1;
    private const int SolSocket = 1;
    private const int SoPeercred = 17;
    private const int RlimitCore = 4;
    private const int ScmRights = 1;
    private const int DoNotWait = 0x40;           // MSG_DONTWAIT
    private const int CloseOnExec = 0x40000000;   // MSG_CMSG_CLOEXEC
    private const int ControlTruncated = 0x8;     // MSG_CTRUNC

    [StructLayout(LayoutKind.Sequential)]
    public struct PeerCredentials
    {
        public int ProcessId;
        public uint UserId;
        public uint GroupId;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Message
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
    private static unsafe partial nint ReceiveMessage(nint socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial uint SetUmask(uint mask);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentProcessId();

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static unsafe partial int GetSocketOption(nint socket, int level, int option, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    /// <summary>Who is at the other end of a connected Unix socket, as the kernel saw it at connect time.</summary>
    public static unsafe bool TryGetPeer(nint socket, out PeerCredentials peer)
    {
        var length = sizeof(PeerCredentials);
        fixed (PeerCredentials* value = &peer)
        {
            return GetSocketOption(socket, SolSocket, SoPeercred, value, &length) == 0 && length == sizeof(PeerCredentials);
        }
    }

    /// <summary>Takes what is there, and the one descriptor that came with it (unix(7), SCM_RIGHTS); there is room for no second.</summary>
    /// <param name="descriptor">-1 when none came, or more than one was sent.</param>
    public static unsafe int ReceiveDescriptor(nint socket, Span<byte> bytes, out int descriptor)
    {
        const int wanted = 20; // struct cmsghdr: size_t length, int level, int type; then one descriptor
        descriptor = -1;
        fixed (byte* data = bytes)
        {
            var part = stackalloc nint[2] { (nint)data, bytes.Length };
            var control = stackalloc long[3] { 0, 0, 0 };
            var message = new Message { Parts = part, PartCount = 1, Control = control, ControlLength = wanted };
            var read = (int)ReceiveMessage(socket, &message, DoNotWait | CloseOnExec);
            if (read < 0 || message.ControlLength != wanted || control[0] != wanted || control[1] != (SolSocket | ((long)ScmRights << 32)))
            {
                return read;
            }

            descriptor = (int)control[2];
            if (((int)message.Flags & ControlTruncated) != 0)
            {
                new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true).Dispose();
                descriptor = -1;
            }

            return read;
        }
    }

    public static void ChangeOwner(string path, uint user)
    {
        if (Chown(path, user, user) != 0)
        {
            throw new IOException($"chown {path} to uid {user}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>The kernel kills this process when the parent's starting thread ends.</summary>
    public static bool DieWithParent() => Prctl(PrSetPdeathsig, SigKill, 0, 0, 0) == 0;

    public static bool DisableCoreDumps() => SetResourceLimit(RlimitCore, default) == 0;
}
