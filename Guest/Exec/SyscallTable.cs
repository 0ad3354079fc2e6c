using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Exec;

/// <summary>System call numbers of one architecture (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).</summary>
/// <param name="Fork">clone(2): a record has no room for a member named Clone.</param>
internal sealed record SyscallTable(
    uint AuditArchitecture, int Seccomp, uint Fork, uint Socket, uint Ioctl, uint Personality, IReadOnlyList<uint> Denied)
{
    /// <summary>Calls whose first argument is the process they change: prlimit64, sched_setscheduler, sched_setparam, sched_setaffinity, sched_setattr.</summary>
    public required IReadOnlyList<uint> Targeted { get; init; }

    public required uint SetPriority { get; init; }

    public required uint SetInputOutputPriority { get; init; }

    /// <summary>Ascending; see <see cref="AllowedCalls"/>.</summary>
    public required IReadOnlyList<uint> Allowed { get; init; }

    /// <summary>Calls younger than the split of the tables have one number on every architecture.</summary>
    private static readonly uint[] CommonDenied =
    [
        425, 426, 427,           // io_uring_setup, io_uring_enter, io_uring_register
        428, 429, 430, 431, 432, // open_tree, move_mount, fsopen, fsconfig, fsmount
        433,                     // fspick
        438,                     // pidfd_getfd
        440,                     // process_madvise
        442, 443,                // mount_setattr, quotactl_fd
        448,                     // process_mrelease
        457, 458,                // statmount, listmount
    ];

    public static readonly SyscallTable X64 = new(0xC000003E, 317, 56, 41, 16, 135,
    [
        101, 310, 311, 312,      // ptrace, process_vm_readv, process_vm_writev, kcmp
        248, 249, 250,           // add_key, request_key, keyctl
        321, 298, 323,           // bpf, perf_event_open, userfaultfd
        272, 308,                // unshare, setns
        165, 166, 155, 161,      // mount, umount2, pivot_root, chroot
        304, 303,                // open_by_handle_at, name_to_handle_at
        300, 301,                // fanotify_init, fanotify_mark
        175, 313, 176, 174, 177, 178, // init_module, finit_module, delete_module, and their ancestors
        246, 320, 169,           // kexec_load, kexec_file_load, reboot
        167, 168, 163, 179,      // swapon, swapoff, acct, quotactl
        164, 227, 159, 305,      // settimeofday, clock_settime, adjtimex, clock_adjtime
        170, 171,                // sethostname, setdomainname
        103, 153, 172, 173,      // syslog, vhangup, iopl, ioperm
        154, 156,                // modify_ldt, sysctl
        134, 136, 139, 180, 212, // uselib, ustat, sysfs, nfsservctl, lookup_dcookie
        256, 279,                // migrate_pages, move_pages
        .. CommonDenied,
    ])
    {
        Targeted = [302, 144, 142, 203, 314], SetPriority = 141, SetInputOutputPriority = 251, Allowed = Numbers(call => call.X64),
    };

    public static readonly SyscallTable Arm64 = new(0xC00000B7, 277, 220, 198, 29, 92,
    [
        117, 270, 271, 272,      // ptrace, process_vm_readv, process_vm_writev, kcmp
        217, 218, 219,           // add_key, request_key, keyctl
        280, 241, 282,           // bpf, perf_event_open, userfaultfd
        97, 268,                 // unshare, setns
        40, 39, 41, 51,          // mount, umount2, pivot_root, chroot
        265, 264,                // open_by_handle_at, name_to_handle_at
        262, 263,                // fanotify_init, fanotify_mark
        105, 273, 106,           // init_module, finit_module, delete_module
        104, 294, 142,           // kexec_load, kexec_file_load, reboot
        224, 225, 89, 60,        // swapon, swapoff, acct, quotactl
        170, 112, 171, 266,      // settimeofday, clock_settime, adjtimex, clock_adjtime
        161, 162,                // sethostname, setdomainname
        116, 58,                 // syslog, vhangup
        42, 18,                  // nfsservctl, lookup_dcookie
        238, 239,                // migrate_pages, move_pages
        .. CommonDenied,
    ])
    {
        Targeted = [261, 119, 118, 122, 274], SetPriority = 140, SetInputOutputPriority = 30, Allowed = Numbers(call => call.Arm64),
    };

    private static uint[] Numbers(Func<(string Name, int X64, int Arm64), int> number) => [.. AllowedCalls.All.Select(number).Where(one => one >= 0).Select(one => (uint)one).Order()];

    /// <summary>Null on machines there is no table for.</summary>
    public static SyscallTable? ForThisMachine() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        _ => null,
    };
}
