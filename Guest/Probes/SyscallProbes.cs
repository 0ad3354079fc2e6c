using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>Calls the filter must stop at the entry. The arguments are such that a kernel that lets them in does nothing either, and says so by another errno.</summary>
internal static class SyscallProbes
{
    private const int NewUserAndSharedFs = 0x10000200; // the kernel refuses the pair: EINVAL
    private const int PushInput = 0x5412;              // TIOCSTI
    private const int NoSuchCommand = 999;

    public static IEnumerable<Probe> All(ProbeCalls calls) =>
    [
        Refused("unshare", calls.Unshare),
        Refused("setns", calls.Setns, -1),
        Refused("clone_newuser", calls.Fork, NewUserAndSharedFs),
        Probe.Refused("syscall.clone3", SandboxLayers.Seccomp, () => Attempt.Call(ProbeCalls.Clone3), Linux.ENOSYS),
        Refused("mount", calls.Mount),
        Refused("fsopen", ProbeCalls.FsOpen),
        Refused("chroot", calls.Chroot),
        Refused("bpf", calls.Bpf, NoSuchCommand),
        Refused("io_uring_setup", ProbeCalls.IoUringSetup),
        Refused("userfaultfd", calls.UserFaultFd, 0xffff),
        Refused("perf_event_open", calls.PerfEventOpen),
        Refused("open_by_handle_at", calls.OpenByHandle, -1),
        Refused("init_module", calls.InitModule),
        Refused("kexec_load", calls.KexecLoad, 0, 0, 0, 0xff),
        Refused("reboot", calls.Reboot),
        Refused("sethostname", calls.SetHostName, 0, -1),
        Refused("clock_settime", calls.SetTime, -1),
        Refused("push_input", calls.Ioctl, -1, PushInput),
        Probe.Refused("syscall.unlisted", SandboxLayers.Seccomp, () => Attempt.Call(calls.RobustList), Linux.ENOSYS), // get_robust_list, which every kernel has
        Probe.Refused("syscall.x32", SandboxLayers.Seccomp, () => Attempt.Call(ProbeCalls.X32 + calls.GetPid), Linux.ENOSYS),
    ];

    private static Probe Refused(string name, int number, nint arg1 = 0, nint arg2 = 0, nint arg3 = 0, nint arg4 = 0) =>
        Probe.Refused($"syscall.{name}", SandboxLayers.Seccomp, () => Attempt.Call(number, arg1, arg2, arg3, arg4));
}
