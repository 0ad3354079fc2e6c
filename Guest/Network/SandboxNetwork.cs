using System.Globalization;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>A network of the sandbox's own, whose only interface is its loopback. Everything about it that needs a capability is done here, so that nothing later does.</summary>
internal static class SandboxNetwork
{
    private const int CLONE_NEWNET = 0x40000000;

    /// <summary>For root, whose network it then is: nobody in the sandbox has a capability over it. The calling thread moves alone, and it is the one that executes the next stage.</summary>
    public static void Enter()
    {
        var host = Own();
        if (Libc.Unshare(CLONE_NEWNET) != 0)
        {
            throw GuestException.FromErrno("network namespace", SandboxLayers.NetworkNamespace);
        }

        // What follows is done as root: to this machine's own network, were this still that.
        if (host is null || Own() == host)
        {
            throw new GuestException("a network namespace was made and is not there", SandboxLayers.NetworkNamespace);
        }
    }

    private static string? Own() => new FileInfo("/proc/thread-self/ns/net").LinkTarget;

    /// <param name="options"><c>[--packet-fd N]</c>: the bypass catcher's.</param>
    public static void SetUp(StageArguments options)
    {
        Loopback.Up();
        AllowLowPorts();
        if (options.Single("--packet-fd") is { } descriptor)
        {
            BypassSocket.Open(int.Parse(descriptor, CultureInfo.InvariantCulture));
            Loopback.RouteEverythingHere();
        }
    }

    /// <summary>The DNS sink binds port 53 without a capability.</summary>
    private static void AllowLowPorts()
    {
        try
        {
            using var file = new FileStream("/proc/sys/net/ipv4/ip_unprivileged_port_start", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            file.Write("0"u8);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new GuestException($"net.ipv4.ip_unprivileged_port_start: {failure.Message}", failure);
        }
    }
}
