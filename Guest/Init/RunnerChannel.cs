using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>
/// The connection to AgentRunner: JSON lines both ways. Opened before the agent exists; the runner takes no second connection, so the
/// agent has no voice here. When it breaks, the runner is gone and the sandbox ends.
/// </summary>
internal sealed class RunnerChannel : IAsyncDisposable
{
    private const int MaxQueued = 256;

    private readonly NetworkStream stream;
    private readonly StreamReader reader;
    private readonly Channel<GuestEvent> outgoing = Channel.CreateBounded<GuestEvent>(MaxQueued);
    private readonly Task writing;

    private RunnerChannel(Socket socket)
    {
        stream = new NetworkStream(socket, ownsSocket: true);
        reader = new StreamReader(stream);
        writing = WriteAsync();
    }

    /// <summary>With the bypass catcher the runner gets a handle on its socket, to close it after the sandbox: the last close of one waits for the whole machine, and would keep PID 1 from ending.</summary>
    public static async Task<RunnerChannel> ConnectAsync(GuestConfig config)
    {
        var path = config.RunnerSocket;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            if (config.PacketDescriptor != 0 && !Descriptors.Pass((int)socket.Handle, config.PacketDescriptor, [0]))
            {
                throw GuestException.FromErrno("pass a descriptor to the runner");
            }
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new GuestException($"cannot reach the runner at {path}: {failure.Message}", failure.SocketErrorCode == SocketError.AccessDenied ? SandboxLayers.UnprivilegedUid : null, failure);
        }

        return new RunnerChannel(socket);
    }

    /// <summary>Waits while the queue is full: observations are slowed down, not lost.</summary>
    public async ValueTask SendAsync(GuestEvent line, CancellationToken stop = default)
    {
        try
        {
            await outgoing.Writer.WriteAsync(line, stop);
        }
        catch (ChannelClosedException)
        {
            // The runner is gone; ReceiveAsync returns null and ends the sandbox.
        }
    }

    /// <summary>The next command; null when the runner is gone.</summary>
    public async Task<GuestCommand?> ReceiveAsync()
    {
        try
        {
            var line = await reader.ReadLineAsync();
            return line is null ? null : JsonSerializer.Deserialize(line, GuestJson.Default.GuestCommand);
        }
        catch (Exception failure) when (failure is IOException or JsonException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>Writes what is queued, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        outgoing.Writer.TryComplete();
        await writing;
        await stream.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var line in outgoing.Reader.ReadAllAsync())
            {
                byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, GuestJson.Default.GuestEvent), (byte)'\n'];
                await stream.WriteAsync(bytes);
            }
        }
        catch (IOException)
        {
            outgoing.Writer.TryComplete();
        }
    }
}
