using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>Requests on a kept-alive connection: TLS to the origin, and TLS that the proxy opens and judges request by request.</summary>
internal static class InspectedRequests
{
    private const int Workers = 16;

    public static async Task RunAsync(Contestant own, BenchOrigin origin, string root, Report report, BenchOptions options)
    {
        var proxies = new List<Contestant> { own, await BareProxy.StartAsync(Path.Combine(root, "bare"), origin) };
        try
        {
            if (options.Beside.Length > 0)
            {
                proxies.Add(await OwnProxy.StartAsync(Path.Combine(root, "beside"), origin, options.Beside));
            }

            await RunAsync(proxies, origin, report, options);
        }
        finally
        {
            foreach (var other in proxies.Skip(1))
            {
                await other.Process.DisposeAsync();
            }
        }
    }

    private static async Task RunAsync(List<Contestant> proxies, BenchOrigin origin, Report report, BenchOptions options)
    {
        var host = $"localhost:{origin.TlsPort}";
        var direct = new KeptAlive(host, async () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, origin.TlsPort);
            return socket;
        }, shown => origin.IsOwn(shown));

        // Whose certificate the proxy shows is the tests' business; that it is not the origin's proves that it looks into the tunnel.
        var inspected = proxies.ConvertAll(one => new KeptAlive(host, () => one.OpenAsync("localhost", origin.TlsPort), shown => !origin.IsOwn(shown)));
        Arm[] arms = [new Arm("direct TLS", direct.RequestAsync), .. proxies.Zip(inspected, (one, kept) => new Arm(one.Name, kept.RequestAsync, () => one.Process.CpuTime))];
        var one = await Load.RunAsync(arms, 1, options.Rounds, options.Slice);
        report.Table("GET on a kept-alive connection, 1 at a time", one);
        var many = await Load.RunAsync(arms, Workers, options.Rounds, options.Slice);
        report.Table($"GET on a kept-alive connection, {Workers} at a time", many);
        report.AtLeast($"inspected keep-alive against direct TLS, {Workers} at a time", many[1].PerSecond / many[0].PerSecond, 0.4, "×");
        report.AtMost("p50 added by inspection", (one[1].P50 - one[0].P50) / 1000, 0.75, "ms");
        report.AtMost("p99/p50 inspected against direct", one[1].P99 / one[1].P50 / (one[0].P99 / one[0].P50), 1.5, "×");
        direct.Close();
        inspected.ForEach(kept => kept.Close());
    }

    /// <summary>One connection a worker.</summary>
    private sealed class KeptAlive(string host, Func<Task<Socket>> connect, Func<System.Security.Cryptography.X509Certificates.X509Certificate?, bool> accepts)
    {
        private readonly (SslStream Stream, byte[] Buffer)?[] connections = new (SslStream, byte[])?[Workers];
        private readonly byte[] request = Encoding.ASCII.GetBytes($"GET /v1/items?n=1 HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n");

        public async Task RequestAsync(int worker)
        {
            var (stream, buffer) = connections[worker] ??= (await OpenAsync(), new byte[4096]);
            await stream.WriteAsync(request);
            var have = 0;
            while (have == 0 || !IsWhole(buffer.AsSpan(0, have)))
            {
                var read = await stream.ReadAsync(buffer.AsMemory(have));
                have += read > 0 ? read : throw new InvalidOperationException("the connection ended");
            }

            if (!buffer.AsSpan(0, have).StartsWith("HTTP/1.1 200 "u8))
            {
                throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, have));
            }
        }

        public void Close() => Array.ForEach(connections, connection => connection?.Stream.Dispose());

        private async Task<SslStream> OpenAsync()
        {
            var stream = new SslStream(new NetworkStream(await connect(), ownsSocket: true), leaveInnerStreamOpen: false, (_, shown, _, _) => accepts(shown));
            await stream.AuthenticateAsClientAsync("localhost");
            return stream;
        }

        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            var end = answer.IndexOf("\r\n\r\n"u8);
            return end >= 0 && (answer.Length >= end + 4 + BenchOrigin.Answer.Length || !answer.StartsWith("HTTP/1.1 200 "u8));
        }
    }
}
