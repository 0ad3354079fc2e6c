using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace SecureAgent.Guest.Dns;

/// <summary>
/// The only name server of the sandbox: knows no name, tells the runner every name that was asked. A question is answered after its report
/// is on its way, so the rate of lookups is bounded by the rate at which they are recorded.
/// </summary>
internal sealed class DnsSink(int port, Func<DnsQuestion, CancellationToken, ValueTask> report, TimeProvider time) : IDisposable
{
    private const int MaxMessage = 4096;
    private const int MaxTcpConnections = 32;
    private static readonly TimeSpan TcpIdle = TimeSpan.FromSeconds(10);

    private readonly Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Socket tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim tcpSlots = new(MaxTcpConnections);

    /// <summary>The port in use; differs from the wish only when that is 0.</summary>
    public int Port { get; private set; }

    public void Listen()
    {
        tcp.Bind(new IPEndPoint(IPAddress.Loopback, port));
        Port = ((IPEndPoint)tcp.LocalEndPoint!).Port;
        udp.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        tcp.Listen(MaxTcpConnections);
    }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(ServeUdpAsync(stop), ServeTcpAsync(stop));

    public void Dispose()
    {
        udp.Dispose();
        tcp.Dispose();
    }

    private async Task ServeUdpAsync(CancellationToken stop)
    {
        var buffer = new byte[MaxMessage];
        var any = new IPEndPoint(IPAddress.Any, 0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var received = await udp.ReceiveFromAsync(buffer, SocketFlags.None, any, stop);
                if (await AnswerAsync(buffer.AsMemory(0, received.ReceivedBytes), stop) is { } answer)
                {
                    await udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, stop);
                }
            }
            catch (SocketException)
            {
                // The asker is gone (ICMP port unreachable) or sent more than MaxMessage: that question gets no answer.
            }
        }
    }

    private async Task ServeTcpAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await tcpSlots.WaitAsync(stop);
            try
            {
                _ = ServeConnectionAsync(await tcp.AcceptAsync(stop), stop);
            }
            catch (SocketException)
            {
                tcpSlots.Release(); // the client was gone before it was accepted
            }
        }
    }

    private async Task ServeConnectionAsync(Socket client, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxMessage);
        using var idle = new CancellationTokenSource(TcpIdle, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, idle.Token);
        try
        {
            using var stream = new NetworkStream(client, ownsSocket: true);
            while (true)
            {
                await stream.ReadExactlyAsync(buffer.AsMemory(0, 2), both.Token);
                var length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                if (length > MaxMessage)
                {
                    return;
                }

                await stream.ReadExactlyAsync(buffer.AsMemory(0, length), both.Token);
                if (await AnswerAsync(buffer.AsMemory(0, length), both.Token) is not { } answer)
                {
                    return;
                }

                var framed = new byte[answer.Length + 2];
                BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)answer.Length);
                answer.CopyTo(framed, 2);
                await stream.WriteAsync(framed, both.Token);
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // The client hung up, was idle, or the sandbox ends.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            tcpSlots.Release();
        }
    }

    private async ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> message, CancellationToken stop)
    {
        var question = DnsMessage.Read(message.Span);
        if (question.Verdict == DnsVerdict.Ignore)
        {
            return null;
        }

        if (question.Verdict == DnsVerdict.NameError)
        {
            await report(question, stop);
        }

        return DnsMessage.Answer(message.Span, question);
    }
}
