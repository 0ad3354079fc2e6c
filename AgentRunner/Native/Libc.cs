using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SecureAgent.AgentRunner.Native;

/// <summary>The system calls that .NET has no API for.</summary>
internal static unsafe partial class Libc
{
    private const int SolSocket = 1;
    private const int SoPeercred = 17;
    private const int SysLandlockCreateRuleset = 444;
    private const int SysPidfdSendSignal = 424;
    private const int SysPidfdOpen = 434;
    private const int PrGetSeccomp = 21;
    private const int NoSuchProcess = 3;
    private const int ScmRights = 1;
    private const int CloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public void* Name;
        public nint NameLength;
        public nint* Parts;
        public nint PartCount;
        public void* Control;
        public nint ControlLength;
        public nint Flags;
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSockOpt(nint socket, int level, int option, void* value, int* length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint arg1, nint arg2, nint arg3, nint arg4 = 0);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, byte* answer);

    /// <summary>Owner and mode of what is at this path; a link is looked at itself.</summary>
    public static (uint Owner, int Mode) Stat(string path)
    {
        const int atWorkingDirectory = -100;
        const int noFollow = 0x100;
        const uint typeModeOwner = 0x1 | 0x2 | 0x8;
        var answer = stackalloc byte[256]; // struct statx
        return StatX(atWorkingDirectory, path, noFollow, typeModeOwner, answer) == 0
            ? (*(uint*)(answer + 20), *(ushort*)(answer + 28))
            : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    /// <summary>uint.MaxValue leaves owner or group as it is.</summary>
    public static void ChangeOwner(string path, uint owner, uint group)
    {
        if (Chown(path, owner, group) != 0)
        {
            throw new IOException($"chown {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    /// <summary>Id and uid of the peer of a connected Unix socket (SO_PEERCRED), null when the kernel does not say.</summary>
    public static (int Process, uint Uid)? Peer(nint socket)
    {
        var credentials = stackalloc uint[3];
        var length = 3 * sizeof(uint);
        return GetSockOpt(socket, SolSocket, SoPeercred, credentials, &length) == 0 ? ((int)credentials[0], credentials[1]) : null;
    }

    /// <summary>One byte and the descriptor that came with it (SCM_RIGHTS); null when none did.</summary>
    public static SafeFileHandle? TakeDescriptor(nint socket)
    {
        byte one;
        var part = stackalloc nint[2] { (nint)(&one), 1 };
        var rights = stackalloc long[3];
        rights[0] = rights[1] = rights[2] = 0;
        var message = new MessageHeader { Parts = part, PartCount = 1, Control = rights, ControlLength = 24 };
        return ReceiveMessage((int)socket, &message, CloseOnExec) == 1 && rights[0] == 20 && rights[1] == (SolSocket | ((long)ScmRights << 32))
            ? new SafeFileHandle((int)rights[2], ownsHandle: true)
            : null;
    }

    /// <summary>A handle on a process, which no other process can come to mean; null when there is none by this id.</summary>
    public static SafeFileHandle? OpenProcess(int id) =>
        Syscall(SysPidfdOpen, id, 0, 0) is var descriptor and >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;

    /// <summary>False when the process is gone.</summary>
    public static bool Signal(SafeFileHandle process, int signal)
    {
        if (Syscall(SysPidfdSendSignal, process.DangerousGetHandle(), signal, 0) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw new IOException($"signal {signal}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>The kernel's Landlock ABI; 0 or less when there is none.</summary>
    public static int LandlockAbi() => (int)Syscall(SysLandlockCreateRuleset, 0, 0, 1);

    public static bool HasSeccomp() => Prctl(PrGetSeccomp, 0, 0, 0, 0) >= 0;
}
