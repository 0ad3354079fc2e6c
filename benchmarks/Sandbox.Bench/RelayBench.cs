using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.Sandbox.Bench;

/// <summary>A gate that answers at once, behind the relay and without it.</summary>
internal static class RelayBench
{
    private const int Block = 256 * 1024;
    private const long Streamed = 4L << 30;

    public static async Task RunAsync(Report report, BenchOptions options, string root)
    {
        var path = Path.Combine(root, "gate.sock");
        using var gate = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        gate.Bind(new UnixDomainSocketEndPoint(path));
        gate.Listen();
        _ = ServeAsync(gate);
        using var relay = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SecureAgent.Sandbox.Bench.dll"), "relay", path])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        var port = new IPEndPoint(IPAddress.Loopback, int.Parse((await relay.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture));
        var direct = new UnixDomainSocketEndPoint(path);

        using var there = await ConnectAsync(direct);
        using var through = await ConnectAsync(port);
        var trips = await Load.RunAsync(
            [new Arm("the gate's socket", _ => TripAsync(there)), new Arm("through Guest's relay", _ => TripAsync(through))], workers: 1, options.Rounds, options.Slice);
        report.Table("one byte there and back", trips);
        var rates = new List<double>();
        for (var round = 0; round <= options.Rounds; round++)
        {
            rates.Add(await StreamAsync(port));
        }

        var rate = Percentiles.Of([.. rates.Skip(1).Order()], 50);
        report.AtLeast("relay, one stream", rate, 1, "GB/s");
        report.AtMost("relay, p50 added to a round trip", (trips[1].P50 - trips[0].P50) / 1000, 0.1, "ms");
        relay.StandardInput.Close();
        await relay.WaitForExitAsync();
    }

    private static async Task<Socket> ConnectAsync(EndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, to is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        await socket.ConnectAsync(to);
        if (to is IPEndPoint)
        {
            socket.NoDelay = true;
        }

        return socket;
    }

    private static async Task TripAsync(Socket socket)
    {
        var one = new byte[1];
        await socket.SendAsync(one, SocketFlags.None);
        if (await socket.ReceiveAsync(one, SocketFlags.None) != 1)
        {
            throw new InvalidOperationException("no answer");
        }
    }

    /// <summary>GB/s of what the gate sends.</summary>
    private static async Task<double> StreamAsync(EndPoint to)
    {
        using var socket = await ConnectAsync(to);
        var buffer = new byte[Block];
        var began = Stopwatch.GetTimestamp();
        await socket.SendAsync(new byte[] { 1 }, SocketFlags.None);
        long received = 0;
        while (received < Streamed && await socket.ReceiveAsync(buffer, SocketFlags.None) is var count and > 0)
        {
            received += count;
        }

        return received / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e9;
    }

    private static async Task ServeAsync(Socket gate)
    {
        while (true)
        {
            _ = AnswerAsync(await gate.AcceptAsync());
        }
    }

    /// <summary>0 is given back, 1 asks for everything.</summary>
    private static async Task AnswerAsync(Socket client)
    {
        using (client)
        {
            var one = new byte[1];
            var block = new byte[Block];
            while (await client.ReceiveAsync(one, SocketFlags.None) == 1)
            {
                await client.SendAsync(one[0] == 0 ? one : block, SocketFlags.None);
                for (long sent = Block; one[0] == 1 && sent < Streamed; sent += Block)
                {
                    await client.SendAsync(block, SocketFlags.None);
                }
            }
        }
    }
}
