using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Probes;

/// <summary>Numbers of the calls that probes make by number (see <see cref="Exec.SyscallTable"/>); those from 424 on are the same everywhere.</summary>
internal sealed record ProbeCalls(
    int Ptrace, int VmReadv, int Keyctl, int Bpf, int PerfEventOpen, int UserFaultFd, int Unshare, int Setns, int Mount, int Chroot,
    int OpenByHandle, int InitModule, int KexecLoad, int Reboot, int SetHostName, int SetTime, int Fork, int Ioctl, int MakeNode, int SetUid, int SetPriority, int GetPid, int SetLimits, int RobustList)
{
    public const int IoUringSetup = 425;
    public const int FsOpen = 430;
    public const int Clone3 = 435;
    public const int PidFdGetFd = 438;

    /// <summary>x32's entry on x86-64; on arm64 merely a call that does not exist.</summary>
    public const int X32 = 0x40000000;

    private static readonly ProbeCalls X64 = new(101, 310, 250, 321, 298, 323, 272, 308, 165, 161, 304, 175, 246, 169, 170, 227, 56, 16, 259, 105, 141, 39, 302, 274);
    private static readonly ProbeCalls Arm64 = new(117, 270, 219, 280, 241, 282, 97, 268, 40, 51, 265, 105, 104, 142, 161, 112, 220, 29, 33, 146, 140, 172, 261, 100);

    public static ProbeCalls OfThisMachine { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;
}
