using System.Runtime.InteropServices;

namespace SecureAgent.FileGate.Native;

/// <summary>O_* and RESOLVE_* of openat2(2).</summary>
internal static class OpenFlags
{
    public const ulong WriteOnly = 0x1;
    public const ulong Create = 0x40;
    public const ulong Exclusive = 0x80;
    public const ulong NonBlock = 0x800;
    public const ulong CloseOnExec = 0x80000;
    public const ulong PathOnly = 0x200000;

    /// <summary>RESOLVE_CACHED (Linux 5.12): EAGAIN rather than waiting for a disk or a server. Older kernels know no such flag: EINVAL.</summary>
    public const ulong Cached = 0x20;

    private const ulong NoCrossDevice = 0x01;
    private const ulong NoMagicLinks = 0x02;
    private const ulong NoSymlinks = 0x04;
    private const ulong Beneath = 0x08;

    // The two flags whose value differs between architectures.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static ulong Directory { get; } = IsArm ? 0x4000UL : 0x10000UL;

    public static ulong NoFollow { get; } = IsArm ? 0x8000UL : 0x20000UL;

    /// <summary>Open for reading; never waits for the other end of a FIFO.</summary>
    public static ulong ForRead { get; } = NonBlock | NoFollow | CloseOnExec;

    public static ulong ForList { get; } = Directory | NoFollow | CloseOnExec;

    /// <summary>A handle that can be described but not read.</summary>
    public static ulong ForStat { get; } = PathOnly | NoFollow | CloseOnExec;

    /// <summary>A new file, of no mode yet.</summary>
    public static ulong ForCreate { get; } = Create | Exclusive | WriteOnly | NoFollow | CloseOnExec;

    /// <summary>The root itself, by the operator's path.</summary>
    public static ulong ForRoot { get; } = PathOnly | Directory | CloseOnExec;

    /// <summary>Below the root, through nothing that is not a plain directory of the same mount.</summary>
    public const ulong Confined = Beneath | NoMagicLinks | NoSymlinks | NoCrossDevice;
}
