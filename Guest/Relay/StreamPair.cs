using System.Buffers;
using System.Net.Sockets;

namespace SecureAgent.Guest.Relay;

/// <summary>Carries bytes both ways between two stream sockets until both have ended or either fails.</summary>
internal static class StreamPair
{
    /// <summary>Held only while bytes are on their way: an idle connection costs no buffer.</summary>
    private const int BufferLength = 128 * 1024;

    /// <summary>Reads in one go before others get their turn: completions run on the thread that serves every socket.</summary>
    private const int MaxBurst = 16;

    public static async Task RunAsync(Socket left, Socket right)
    {
        try
        {
            await Task.WhenAll(CopyAsync(left, right), CopyAsync(right, left));
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // A reset or a dead gate: both sides are cut below.
        }
    }

    /// <summary>Back-pressure: the next read waits for the last write. End of input becomes a half-close of the other side.</summary>
    private static async Task CopyAsync(Socket from, Socket to)
    {
        try
        {
            while (true)
            {
                await from.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                if (!await CopyAvailableAsync(from, to))
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Wakes the other direction, which would wait for a peer that is gone.
            from.Dispose();
            to.Dispose();
            throw;
        }
    }

    /// <summary>Copies while there is something to read; false at the end of input.</summary>
    private static async ValueTask<bool> CopyAvailableAsync(Socket from, Socket to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            for (var burst = 1; ; burst++)
            {
                var count = await from.ReceiveAsync(buffer, SocketFlags.None);
                if (count == 0)
                {
                    return false;
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None);
                }

                if (from.Available == 0)
                {
                    return true;
                }

                if (burst % MaxBurst == 0)
                {
                    await Task.Yield();
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
