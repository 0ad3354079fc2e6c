using System.Net;
using System.Net.Sockets;

namespace SecureAgent.Guest.Relay;

/// <summary>
/// A loopback port of the sandbox whose connections go, byte for byte, to one session socket. When the gate behind it is dead the connection is
/// closed at once. At the connection limit no more are accepted: the next client waits in the kernel's queue.
/// </summary>
internal sealed class LoopbackRelay(int port, string socketPath, int maxConnections) : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim slots = new(maxConnections);
    private readonly UnixDomainSocketEndPoint target = new(socketPath);

    /// <summary>The port in use; differs from the wish only when that is 0.</summary>
    public int Port { get; private set; }

    public void Listen()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(maxConnections);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await slots.WaitAsync(stop);
            try
            {
                _ = ServeAsync(await listener.AcceptAsync(stop));
            }
            catch (SocketException)
            {
                slots.Release(); // the client was gone before it was accepted
            }
        }
    }

    public void Dispose() => listener.Dispose();

    private async Task ServeAsync(Socket client)
    {
        using var gate = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            client.NoDelay = true;
            await gate.ConnectAsync(target);
            await StreamPair.RunAsync(client, gate);
        }
        catch (SocketException)
        {
            // No gate: the client sees its connection closed, which it must take as a refusal.
        }
        finally
        {
            client.Dispose();
            slots.Release();
        }
    }
}
