using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Relay;

namespace SecureAgent.Guest.Tests.Relay;

public sealed class LoopbackRelayTests : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-relay-").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly Socket gate = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly LoopbackRelay relay;

    public LoopbackRelayTests()
    {
        var path = Path.Combine(directory, "gate.sock");
        gate.Bind(new UnixDomainSocketEndPoint(path));
        gate.Listen(512);
        relay = new LoopbackRelay(0, path, 300);
        relay.Listen();
        _ = relay.RunAsync(stop.Token);
    }

    [Fact]
    public async Task HalfClose_FromClient_ReachesGateAndAnswerStillComesBack()
    {
        using var client = await ConnectAsync();
        using var served = await gate.AcceptAsync();

        await client.SendAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        var question = await ReadToEndAsync(served);
        await served.SendAsync("answer"u8.ToArray());
        served.Shutdown(SocketShutdown.Send);

        Assert.Equal("question", Encoding.UTF8.GetString(question));
        Assert.Equal("answer", Encoding.UTF8.GetString(await ReadToEndAsync(client)));
    }

    [Fact]
    public async Task Transfer_BothWaysAtOnce_IsByteExact()
    {
        using var client = await ConnectAsync();
        using var served = await gate.AcceptAsync();
        var up = RandomNumberGenerator.GetBytes(24 << 20);
        var down = RandomNumberGenerator.GetBytes(24 << 20);

        var sending = Task.WhenAll(SendAllAsync(client, up), SendAllAsync(served, down));
        var received = await Task.WhenAll(ReadToEndAsync(served), ReadToEndAsync(client));
        await sending;

        Assert.True(up.AsSpan().SequenceEqual(received[0]));
        Assert.True(down.AsSpan().SequenceEqual(received[1]));
    }

    [Fact]
    public async Task BackPressure_GateDoesNotRead_SenderStops()
    {
        using var client = await ConnectAsync();
        using var served = await gate.AcceptAsync();
        client.Blocking = false;

        // The socket buffers of both hops, grown to their limits, and one relay buffer: far under 64 MiB. Then nothing moves.
        var sent = 0L;
        var chunk = new byte[1 << 20];
        while (sent < 64 << 20 && client.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite))
        {
            sent += client.Send(chunk, SocketFlags.None, out var error);
            Assert.True(error is SocketError.Success or SocketError.WouldBlock, error.ToString());
        }

        Assert.True(sent < 64 << 20, $"{sent} bytes went in without a reader");

        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(sent, (await ReadToEndAsync(served)).LongLength);
    }

    [Fact]
    public async Task Streams_256InParallel_EachKeepsItsOwnBytes()
    {
        var serving = Task.Run(async () =>
        {
            for (var index = 0; index < 256; index++)
            {
                _ = EchoAsync(await gate.AcceptAsync());
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 256).Select(async index =>
        {
            using var client = await ConnectAsync();
            var message = RandomNumberGenerator.GetBytes(10_000 + index);
            var sending = SendAllAsync(client, message);
            Assert.Equal(message, await ReadToEndAsync(client));
            await sending;
        }));
        await serving;
    }

    [Fact]
    public async Task Gate_CutsConnection_ClientSeesTheEnd()
    {
        using var client = await ConnectAsync();
        using (var served = await gate.AcceptAsync())
        {
            served.LingerState = new LingerOption(true, 0);
        }

        Assert.Empty(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Gate_Dead_ConnectionIsClosedAtOnce()
    {
        gate.Dispose();

        using var client = await ConnectAsync();

        Assert.Empty(await ReadToEndAsync(client));
    }

    [Fact]
    public async Task Connections_AtTheLimit_NextOneWaitsForAFreeSlot()
    {
        using var relay = new LoopbackRelay(0, Path.Combine(directory, "gate.sock"), 1);
        relay.Listen();
        _ = relay.RunAsync(stop.Token);
        using var first = await ConnectAsync(relay.Port);
        using var firstServed = await gate.AcceptAsync();
        using var second = await ConnectAsync(relay.Port); // in the kernel's queue
        var secondServed = gate.AcceptAsync();

        Assert.False(secondServed.IsCompleted);
        first.Dispose();
        firstServed.Dispose();

        using var served = await secondServed;
        Assert.True(served.Connected);
    }

    /// <summary>The gate here takes it and lets it go at once: nobody listens any more, as Guest keeps no copy.</summary>
    [Fact]
    public async Task Port_TheGateTakes_IsTheGatesAlone()
    {
        using var given = Listening(handsOver: true);
        var handing = Task.Run(given.HandOver);
        using (var offered = await gate.AcceptAsync())
        {
            var offer = new byte[Handover.Offer.Length];
            Assert.Equal(offer.Length, await offered.ReceiveAsync(offer));
            Assert.True(offer.AsSpan().SequenceEqual(Handover.Offer));
            await offered.SendAsync(new[] { Handover.Taken });
            Assert.True(await handing);
        }

        var refused = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(given.Port));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task Port_TheGateDoesNotTake_IsRelayed(bool handsOver, bool answers)
    {
        using var kept = Listening(handsOver);
        var handing = Task.Run(kept.HandOver);
        if (handsOver)
        {
            using var offered = await gate.AcceptAsync();
            if (answers)
            {
                await offered.SendAsync("no"u8.ToArray());
            }
        }

        Assert.False(await handing);
        _ = kept.RunAsync(stop.Token);
        using var client = await ConnectAsync(kept.Port);
        await client.SendAsync("question"u8.ToArray());
        using var served = await gate.AcceptAsync();
        var question = new byte[8];
        Assert.Equal(8, await served.ReceiveAsync(question));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        relay.Dispose();
        gate.Dispose();
        stop.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private LoopbackRelay Listening(bool handsOver)
    {
        var made = new LoopbackRelay(0, Path.Combine(directory, "gate.sock"), 10, handsOver);
        made.Listen();
        return made;
    }

    private Task<Socket> ConnectAsync() => ConnectAsync(relay.Port);

    private static async Task<Socket> ConnectAsync(int port)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            await SendAllAsync(socket, await ReadToEndAsync(socket));
        }
    }

    private static async Task SendAllAsync(Socket socket, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent));
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What came before the end; a reset is an end too.</summary>
    private static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        try
        {
            while (await socket.ReceiveAsync(buffer) is var count and > 0)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
        }

        return all.ToArray();
    }
}
