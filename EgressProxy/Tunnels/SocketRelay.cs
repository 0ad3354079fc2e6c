using System.Buffers;
using System.Net.Sockets;
using SecureAgent.EgressProxy.Limits;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>
/// Bytes between two sockets until both directions have ended, with half-close passed on. Back-pressure is the sockets' own: one buffer a
/// direction, and none while idle (a zero-byte receive waits without one), so that thousands of idle tunnels stay cheap.
/// </summary>
internal sealed class SocketRelay(Socket client, Socket upstream, SessionBudget budget)
{
    private const int BufferBytes = 256 << 10;

    /// <summary>A read of at least this much keeps its buffer for the next one.</summary>
    private const int BusyBytes = 16 << 10;

    private long up;
    private long down;

    public long BytesUp => Volatile.Read(ref up);

    public long BytesDown => Volatile.Read(ref down);

    /// <summary>What was read before the relay began.</summary>
    /// <returns>False when the session's budget is spent.</returns>
    public async Task<bool> SendUpAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!budget.MaySend(bytes.Length))
        {
            return false;
        }

        await SendAllAsync(upstream, bytes);
        Volatile.Write(ref up, up + bytes.Length);
        return true;
    }

    /// <summary>Null when both sides ended in order; else what broke. Both sockets are closed when it breaks.</summary>
    /// <param name="mayRise">What the client sends waits for this; false cuts both.</param>
    public async Task<Exception?> RunAsync(Task<bool> mayRise)
    {
        var failures = await Task.WhenAll(
            PumpAsync(client, upstream, budget.MaySend, count => Volatile.Write(ref up, up + count), mayRise),
            PumpAsync(upstream, client, budget.MayReceive, count => Volatile.Write(ref down, down + count), Task.FromResult(true)));
        return failures[0] ?? failures[1];
    }

    private async Task<Exception?> PumpAsync(Socket from, Socket to, Func<int, bool> mayMove, Action<int> moved, Task<bool> mayBegin)
    {
        byte[]? buffer = null;
        try
        {
            if (!await mayBegin)
            {
                client.Dispose();
                upstream.Dispose();
                return null;
            }

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

                if (!mayMove(read))
                {
                    client.Dispose();
                    upstream.Dispose();
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
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            client.Dispose();
            upstream.Dispose();
            return error;
        }
        catch
        {
            client.Dispose();
            upstream.Dispose();
            throw;
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
