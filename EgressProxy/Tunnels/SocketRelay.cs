using System.Buffers;
using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>
/// Bytes between two sockets until both directions have ended, with half-close passed on. Back-pressure is the sockets' own: one buffer a
/// direction, and none while idle (a zero-byte receive waits without one), so that thousands of idle tunnels stay cheap.
/// </summary>
internal sealed class SocketRelay(Socket client, Socket upstream)
{
    private const int BufferBytes = 64 << 10;

    /// <summary>A read of at least this much keeps its buffer for the next one.</summary>
    private const int BusyBytes = 16 << 10;

    private long up;
    private long down;

    public long BytesUp => Volatile.Read(ref up);

    public long BytesDown => Volatile.Read(ref down);

    /// <summary>Null when both sides ended in order; else what broke. Both sockets are closed when it breaks.</summary>
    public async Task<Exception?> RunAsync()
    {
        var failures = await Task.WhenAll(
            PumpAsync(client, upstream, count => Volatile.Write(ref up, up + count)),
            PumpAsync(upstream, client, count => Volatile.Write(ref down, down + count)));
        return failures[0] ?? failures[1];
    }

    private async Task<Exception?> PumpAsync(Socket from, Socket to, Action<int> moved)
    {
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                if (buffer is null)
                {
                    await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                    buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                }

                var read = await from.ReceiveAsync(buffer, SocketFlags.None);
                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return null;
                }

                await SendAllAsync(to, buffer.AsMemory(0, read));
                moved(read);
                if (read < BusyBytes)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            client.Dispose();
            upstream.Dispose();
            return error;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async ValueTask SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await to.SendAsync(bytes, SocketFlags.None)..];
        }
    }
}
