using System.Runtime.InteropServices;

namespace SecureAgent.ServiceDefaults.Native;

/// <summary>The few system calls that .NET does not offer. Numbers are Linux's; callers check the platform first.</summary>
internal static partial class Libc
{
    public const int SigKill = 9;
    private const int PrSetPdeathsig = 1;
    private const int RlimitCore = 4;

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

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint argument2, nint argument3, nint argument4, nint argument5);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    /// <summary>The kernel kills this process when the parent's starting thread ends.</summary>
    public static bool DieWithParent() => Prctl(PrSetPdeathsig, SigKill, 0, 0, 0) == 0;

    public static bool DisableCoreDumps() => SetResourceLimit(RlimitCore, default) == 0;
}
