using System.Globalization;
using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>What a tunnel costs while nothing moves in it: private memory of the proxy before and with 2,000 of them.</summary>
internal static class IdleTunnels
{
    private const int Count = 2000;
    private const int AtOnce = 16;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Contestants contestants, Report report)
    {
        var rows = new List<string[]>();
        foreach (var one in contestants.All)
        {
            // As many come and go first, a few at a time: what is needed once is not charged to the tunnels, and no memory for them is left behind.
            for (var opened = 0; opened < Count; opened += AtOnce)
            {
                Close(await OpenAsync(one, contestants.Origin.RawPort, AtOnce));
            }

            await Task.Delay(Settle, TimeProvider.System);
            var before = one.Process.PrivateBytes;
            var tunnels = await OpenAsync(one, contestants.Origin.RawPort, Count);
            await Task.Delay(Settle, TimeProvider.System);
            var each = (one.Process.PrivateBytes - before) / 1024.0 / Count;
            Close(tunnels);
            rows.Add([one.Name, $"{before >> 10}", each.ToString("0.0", CultureInfo.InvariantCulture)]);
            if (one == contestants.Own)
            {
                report.AtMost($"{Count} idle tunnels, each", each, 12, "KiB");
            }
        }

        report.Table($"{Count} idle tunnels", ["arm", "without, KiB", "a tunnel, KiB"], rows);
    }

    private static async Task<IReadOnlyList<Socket>> OpenAsync(Contestant one, int port, int count)
    {
        var tunnels = new List<Socket>(count);
        while (tunnels.Count < count)
        {
            tunnels.AddRange(await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => one.OpenAsync("127.0.0.1", port))));
        }

        return tunnels;
    }

    private static void Close(IReadOnlyList<Socket> tunnels)
    {
        foreach (var tunnel in tunnels)
        {
            tunnel.Dispose();
        }
    }
}
