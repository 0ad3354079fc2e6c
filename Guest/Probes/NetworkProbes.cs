using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Probes;

/// <summary>The network is a loopback interface and nothing else; no socket family leads around it. No probe sends a packet.</summary>
internal static class NetworkProbes
{
    private const int Vsock = 40;
    private const int Algorithms = 38;
    private const int Bluetooth = 31;
    private const int NetlinkAudit = 9;
    private const int NetlinkNetfilter = 12;
    private const int Icmp = 1;

    public static IEnumerable<Probe> All() =>
    [
        Probe.Works("net.only_loopback", SandboxLayers.NetworkNamespace, () => Attempt.Holds(Interfaces().SequenceEqual(["lo"]))),
        Probe.Works("net.no_route", SandboxLayers.NetworkNamespace, () => Attempt.Holds(!Lines("/proc/net/route").Skip(1).Any())),
        Probe.Fails("net.raw", SandboxLayers.Capabilities, () => Attempt.Socket(Linux.AF_INET, Linux.SOCK_RAW, Icmp)),
        Refused("net.packet", Linux.AF_PACKET, Linux.SOCK_RAW, 0),
        Refused("net.vsock", Vsock, 1, 0),
        Refused("net.algorithms", Algorithms, 5, 0),
        Refused("net.bluetooth", Bluetooth, Linux.SOCK_RAW, 0),
        Refused("net.netlink_audit", Linux.AF_NETLINK, Linux.SOCK_RAW, NetlinkAudit),
        Refused("net.netlink_netfilter", Linux.AF_NETLINK, Linux.SOCK_RAW, NetlinkNetfilter),
    ];

    private static Probe Refused(string name, int family, int type, int protocol) =>
        Probe.Refused(name, SandboxLayers.Seccomp, () => Attempt.Socket(family, type, protocol), Linux.EAFNOSUPPORT);

    private static IEnumerable<string> Interfaces() => Lines("/proc/net/dev").Skip(2).Select(line => line.Split(':')[0].Trim());

    private static IEnumerable<string> Lines(string path) => File.Exists(path) ? File.ReadLines(path) : [];
}
