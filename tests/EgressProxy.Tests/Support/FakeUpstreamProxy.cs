using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>An HTTP proxy on loopback that keeps the heads it got and connects to what they say, or answers with one status.</summary>
internal sealed class FakeUpstreamProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopped = new();
    private readonly string answer;

    public FakeUpstreamProxy(string answer = "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n")
    {
        this.answer = answer;
        listener.Start();
        Accepting = AcceptAsync();
    }

    public ConcurrentQueue<string> Heads { get; } = new();

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    private Task Accepting { get; }

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        listener.Stop();
        await Accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await listener.AcceptTcpClientAsync(stopped.Token));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stopped.Token) > 0)
            {
                head.Append((char)one[0]);
            }

            Heads.Enqueue(head.ToString());
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), stopped.Token);
            if (!answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            {
                return;
            }

            using var origin = new TcpClient();
            await origin.ConnectAsync(IPEndPoint.Parse(head.ToString().Split(' ')[1]), stopped.Token);
            var there = origin.GetStream();
            await Task.WhenAny(stream.CopyToAsync(there, stopped.Token), there.CopyToAsync(stream, stopped.Token));
        }
    }
}
