using System.Globalization;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Exec;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>Other processes, shared memory and the runner's socket are out of reach; nothing more than the agent's uid is left.</summary>
internal static class ProcessProbes
{
    private const int LeastScopingAbi = 6;
    private const int PeekUser = 3;

    private static readonly string[] SharedKinds = ["shm", "sem", "msg"];
    private static readonly string[] CapabilitySets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

    public static IEnumerable<Probe> All(ProbeCalls calls, GuestConfig config) =>
    [
        Probe.Works("process.pid_namespace", SandboxLayers.PidNamespace, () => Attempt.Holds(Libc.GetPpid() == 1)),
        Probe.Works("process.few", SandboxLayers.PidNamespace, () => Attempt.Holds(Directory.EnumerateDirectories("/proc").Count(path => char.IsAsciiDigit(path["/proc/".Length])) == 2)),
        Probe.Refused("process.ptrace", SandboxLayers.Seccomp, () => Attempt.Call(calls.Ptrace, PeekUser, Environment.ProcessId)),
        Probe.Refused("process.memory", SandboxLayers.Seccomp, () => Attempt.Call(calls.VmReadv, Environment.ProcessId)),
        Probe.Refused("process.descriptors", SandboxLayers.Seccomp, () => Attempt.Call(ProbeCalls.PidFdGetFd, -1)),
        Probe.Fails("process.priority", SandboxLayers.Capabilities, () => Attempt.Call(calls.SetPriority, 0, 0, -20)),
        Probe.Refused("process.limit_init", SandboxLayers.Seccomp, () => Attempt.Call(calls.SetLimits, 1, -1)),
        Probe.Refused("process.starve_init", SandboxLayers.Seccomp, () => Attempt.Call(calls.SetPriority, 0, 1, 0)),
        .. Landlock.Abi() >= LeastScopingAbi ? (Probe[])[Probe.Refused("process.signal_init", SandboxLayers.Landlock, () => Attempt.Errno(Libc.Kill(1, 0)))] : [],
        .. SharedKinds.Select(kind => Probe.Works($"ipc.none:{kind}", SandboxLayers.IpcNamespace, () => Attempt.Holds(IsEmpty($"/proc/sysvipc/{kind}")))),
        Probe.Fails("ipc.runner", SandboxLayers.Mounts, () => Attempt.ConnectUnix(config.RunnerSocket)),
        Probe.Refused("ipc.keys", SandboxLayers.Seccomp, () => Attempt.Call(calls.Keyctl, 0, -3)),
        Probe.Works("capability.uid", SandboxLayers.UnprivilegedUid, () => Attempt.Holds(Status("Uid:").Concat(Status("Gid:")).All(id => id == config.Uid.ToString(CultureInfo.InvariantCulture)))),
        Probe.Works("capability.groups", SandboxLayers.UnprivilegedUid, () => Attempt.Holds(!Status("Groups:").Contains("0"))),
        Probe.Works("capability.none", SandboxLayers.Capabilities, () => Attempt.Holds(CapabilitySets.All(set => Status(set + ":").All(mask => mask.All(digit => digit == '0'))))),
        Probe.Works("capability.no_new_privs", SandboxLayers.NoNewPrivileges, () => Attempt.Holds(Libc.Prctl(Linux.PR_GET_NO_NEW_PRIVS, 0) == 1)),
        Probe.Fails("capability.become_root", SandboxLayers.Capabilities, () => Attempt.Call(calls.SetUid, 0)),
    ];

    private static bool IsEmpty(string table) => !File.Exists(table) || !File.ReadLines(table).Skip(1).Any();

    private static string[] Status(string field) =>
        File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?[field.Length..]
            .Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];
}
