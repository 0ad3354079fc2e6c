using System.Net;
using System.Net.Sockets;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Relay;

/// <summary>
/// A loopback port of the sandbox whose connections go, byte for byte, to one session socket. When the gate behind it is dead the connection is
/// closed at once. At the connection limit no more are accepted: the next client waits in the kernel's queue.
/// </summary>
internal sealed class LoopbackRelay(int port, string socketPath, int maxConnections, bool handsOver = false) : IDisposable
{
    private const int AnswerMilliseconds = 5000;

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SemaphoreSlim slots = new(maxConnections);
    private readonly UnixDomainSocketEndPoint target = new(socketPath);
    private bool isGiven;

    /// <summary>The port in use; differs from the wish only when that is 0.</summary>
    public int Port { get; private set; }

    public void Listen()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(maxConnections);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>
    /// Gives the listening socket to the gate, whose connections are then the clients' own: nothing is carried here. Before <see cref="RunAsync"/>, which this takes the place of.
    /// </summary>
    /// <returns>False where the gate does not take it.</returns>
    public bool HandOver()
    {
        if (!handsOver)
        {
            return false;
        }

        using var gate = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = AnswerMilliseconds };
        try
        {
            gate.Connect(target);
            var answer = new byte[1];
            if (!Descriptors.Pass((int)gate.Handle, (int)listener.Handle, Handover.Offer) || gate.Receive(answer) != 1 || answer[0] != Handover.Taken)
            {
                return false;
            }
        }
        catch (SocketException)
        {
            return false; // what is wrong with the gate shows when it is relayed to
        }

        // Not by the runtime, which would make every connection that is accepted on it end with a reset: it is the gate's as well.
        var descriptor = (int)listener.Handle;
        listener.SafeHandle.SetHandleAsInvalid();
        isGiven = true;
        _ = Libc.Close(descriptor);
        return true;
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

    /// <summary>The runtime would wait without end for a handle that is given.</summary>
    public void Dispose()
    {
        if (!isGiven)
        {
            listener.Dispose();
        }
    }

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
