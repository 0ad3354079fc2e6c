using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SecureAgent.AgentRunner.Native;

/// <summary>The system calls that .NET has no API for.</summary>
internal static unsafe partial class Libc
{
    private const int SysLandlockCreateRuleset = 444;
    private const int SysPidfdSendSignal = 424;
    private const int SysPidfdOpen = 434;
    private const int PrGetSeccomp = 21;
    private const int NoSuchProcess = 3;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint arg1, nint arg2, nint arg3, nint arg4 = 0);

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
