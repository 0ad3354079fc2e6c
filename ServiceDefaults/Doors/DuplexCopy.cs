using System.Net.Security;
using System.Net.Sockets;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>Carries bytes both ways between two connections. The end of one side's input half-closes the other; a failure cuts both.</summary>
public static class DuplexCopy
{
    private const int BufferLength = 64 * 1024;

    public static Task RunAsync(SslStream far, Socket near) => RunAsync(far, far.ShutdownAsync, near);

    internal static Task RunAsync(Socket far, Socket near)
    {
        return RunAsync(new NetworkStream(far, ownsSocket: true), EndAsync, near);

        Task EndAsync()
        {
            far.Shutdown(SocketShutdown.Send);
            return Task.CompletedTask;
        }
    }

    private static async Task RunAsync(Stream far, Func<Task> endFar, Socket near)
    {
        await using var stream = new NetworkStream(near, ownsSocket: true);
        try
        {
            await Task.WhenAll(
                CutOnFailureAsync(far, near, async () =>
                {
                    await far.CopyToAsync(stream, BufferLength);
                    near.Shutdown(SocketShutdown.Send);
                }),
                CutOnFailureAsync(far, near, async () =>
                {
                    await stream.CopyToAsync(far, BufferLength);
                    await endFar();
                }));
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone: both were cut, which is all there is to say to the other.
        }
    }

    private static async Task CutOnFailureAsync(Stream far, Socket near, Func<Task> copy)
    {
        try
        {
            await copy();
        }
        catch
        {
            near.Dispose();
            await far.DisposeAsync();
            throw;
        }
    }
}
