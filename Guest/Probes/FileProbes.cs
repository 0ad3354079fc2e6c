using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>What the root file system must not give.</summary>
internal static class FileProbes
{
    private static readonly string[] ReadOnly = ["/", "/usr", "/usr/bin", "/etc", "/dev", "/run", "/run/secure-agent", "/opt/secure-agent/guest"];

    private static readonly string[] Absent = ["/root", "/var", "/boot", "/sys/kernel", "/etc/shadow", "/etc/machine-id", "/etc/ssh", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/kvm", "/run/docker.sock", "/run/dbus"];

    private static readonly string[] Sealed = ["/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory"];

    private static readonly string[] OfInit = ["/proc/1/environ", "/proc/1/maps", "/proc/1/fd/0", "/proc/1/root/usr"];

    public static IEnumerable<Probe> All(ProbeCalls calls, GuestConfig config) =>
    [
        .. ReadOnly.Concat(config.ToolPaths).Select(path => Probe.Fails($"file.write:{path}", SandboxLayers.Mounts, () => Attempt.Create(path))),
        .. Absent.Select(path => Probe.Fails($"file.absent:{path}", SandboxLayers.Mounts, () => Attempt.Read(path))),
        .. Sealed.Select(path => Probe.Fails($"file.sealed:{path}", SandboxLayers.Mounts, () => Attempt.Write(path))),
        .. OfInit.Select(path => Probe.Fails($"file.init:{path}", SandboxLayers.PidNamespace, () => Attempt.Read(path))),
        Probe.Fails("file.init:/proc/1/mem", SandboxLayers.PidNamespace, () => Attempt.ReadAndWrite("/proc/1/mem")),
        Probe.Fails("file.kcore", SandboxLayers.Mounts, () => Attempt.Read("/proc/kcore")),
        Probe.Fails("file.device", SandboxLayers.Capabilities, () => MakeDevice(calls)),
    ];

    private static unsafe int MakeDevice(ProbeCalls calls)
    {
        const int atWorkingDirectory = -100;
        const int characterDevice = 0x2180; // S_IFCHR | 0600
        const string path = "/tmp/.probe-device";
        const int memory = 0x101;           // 1:1
        fixed (byte* name = "/tmp/.probe-device"u8)
        {
            var answer = Attempt.Call(calls.MakeNode, atWorkingDirectory, (nint)name, characterDevice, memory);
            if (answer == 0)
            {
                _ = Libc.Unlink(path);
            }

            return answer;
        }
    }
}
