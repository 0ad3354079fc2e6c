using System.Globalization;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Network;

/// <summary>
/// Second stage, first in the new user and network namespace, with capabilities that count only there: everything about
/// the network that needs one is done now, so that nothing later does. Then it becomes bubblewrap.
/// </summary>
internal static class NetSetupStage
{
    /// <param name="args"><c>[--packet-fd N] -- COMMAND…</c></param>
    public static int Run(IReadOnlyList<string> args)
    {
        var options = StageArguments.Parse(args);
        Loopback.Up();
        AllowLowPorts();
        if (options.Single("--packet-fd") is { } descriptor)
        {
            BypassSocket.Open(int.Parse(descriptor, CultureInfo.InvariantCulture));
            Loopback.RouteEverythingHere();
        }

        throw ProcessImage.Replace(options.Command);
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
