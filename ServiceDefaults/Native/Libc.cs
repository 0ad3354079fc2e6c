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
