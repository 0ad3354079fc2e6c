using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>What an agent cannot do its work without.</summary>
internal static class WorkProbes
{
    private const int Executable = 1;

    private static readonly string[] Devices = ["/dev/null", "/dev/ptmx"];
    private static readonly string[] Readable = ["/dev/urandom", "/etc/passwd", "/etc/resolv.conf", "/proc/self/status", "/usr"];

    public static IEnumerable<Probe> All(GuestConfig config) =>
    [
        .. new[] { "/tmp", config.WorkingDirectory, "/dev/shm" }.Select(path => Probe.Works($"works.write:{path}", SandboxLayers.Mounts, () => Attempt.Create(path))),
        .. Devices.Select(path => Probe.Works($"works.open:{path}", SandboxLayers.Mounts, () => Attempt.ReadAndWrite(path))),
        .. Readable.Concat(config.ToolPaths).Select(path => Probe.Works($"works.read:{path}", SandboxLayers.Mounts, () => Attempt.Read(path))),
        Probe.Works("works.execute", SandboxLayers.Mounts, () => Attempt.Errno(Libc.Access("/bin/sh", Executable))),
        .. config.Relays.Select(relay => Probe.Works($"works.connect:{relay.Port}", SandboxLayers.Relays, () => Attempt.ConnectLoopback(relay.Port))),
        .. config.DnsPort == 0 ? [] : (Probe[])[Probe.Works($"works.connect:{config.DnsPort}", SandboxLayers.Relays, () => Attempt.ConnectLoopback(config.DnsPort))],
    ];
}
