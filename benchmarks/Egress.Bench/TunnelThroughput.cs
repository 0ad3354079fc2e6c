using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>Bytes down one tunnel.</summary>
internal static class TunnelThroughput
{
    private const long Piece = 64L << 20;

    public static async Task RunAsync(Contestants contestants, Report report, BenchOptions options)
    {
        var tunnels = new List<Socket>();
        var arms = new List<Arm>();
        foreach (var one in contestants.All)
        {
            var tunnel = await one.OpenAsync("127.0.0.1", contestants.Origin.RawPort);
            tunnels.Add(tunnel);
            var buffer = new byte[256 << 10];
            arms.Add(new Arm(one.Name, _ => PullAsync(tunnel, buffer), () => one.Process.CpuTime));
        }

        var measured = await Load.RunAsync(arms, 1, options.Rounds, options.Slice);
        tunnels.ForEach(tunnel => tunnel.Dispose());
        double Rate(Measurement one) => one.PerSecond * Piece / (1L << 30);
        string Show(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
        report.Table(
            "One tunnel, 64 MiB at a time", ["arm", "GiB/s", "server CPU s a GiB"],
            measured.Select(one => new[] { one.Arm, Show(Rate(one)), Show(one.ServerCpu / 1e6 * (1L << 30) / Piece) }));
        foreach (var (name, times) in new[] { (Contestants.Tinyproxy, 2.0), (Contestants.Squid, 1.0) })
        {
            if (measured.FirstOrDefault(one => one.Arm == name) is { } other)
            {
                report.AtLeast($"one-tunnel throughput against {name}", Rate(measured[0]) / Rate(other), times, "×");
            }
            else
            {
                report.Missing($"one-tunnel throughput against {name}", "it is not installed");
            }
        }
    }

    private static async Task PullAsync(Socket tunnel, byte[] buffer)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer, Piece);
        await tunnel.SendAsync(buffer.AsMemory(0, sizeof(long)));
        for (var left = Piece; left > 0;)
        {
            var read = await tunnel.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
            left -= read > 0 ? read : throw new InvalidOperationException("the tunnel ended");
        }
    }
}
