using System.Net.Security;
using System.Net.Sockets;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Carries bytes both ways between a TLS connection and a socket. The end of one side's input half-closes the other; a failure cuts both.</summary>
public static class DuplexCopy
{
    private const int BufferLength = 64 * 1024;

    public static async Task RunAsync(SslStream secure, Socket plain)
    {
        await using var stream = new NetworkStream(plain, ownsSocket: true);
        try
        {
            await Task.WhenAll(
                CutOnFailureAsync(secure, plain, async () =>
                {
                    await secure.CopyToAsync(stream, BufferLength);
                    plain.Shutdown(SocketShutdown.Send);
                }),
                CutOnFailureAsync(secure, plain, async () =>
                {
                    await stream.CopyToAsync(secure, BufferLength);
                    await secure.ShutdownAsync();
                }));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone: both were cut, which is all there is to say to the other.
        }
    }

    private static async Task CutOnFailureAsync(SslStream secure, Socket plain, Func<Task> copy)
    {
        try
        {
            await copy();
        }
        catch
        {
            plain.Dispose();
            await secure.DisposeAsync();
            throw;
        }
    }
}
