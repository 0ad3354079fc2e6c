using System.Net.Sockets;
using System.Text.Json;
using SecureAgent.AgentRunner.Native;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>The runner's end of the line to PID 1 of one sandbox.</summary>
internal sealed class GuestChannel : IDisposable
{
    /// <summary>A job's chunk in base64 is the longest that Guest says.</summary>
    private const int MaxLine = 2 * JobWindow.Chunk;

    private readonly NetworkStream stream;
    private readonly SemaphoreSlim writing = new(1);
    private readonly byte[] buffer = new byte[MaxLine];
    private int filled;

    private GuestChannel(Socket socket) => stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>
    /// Takes the first connection of the sandbox's uid and stops listening: it is made before the agent exists, so the agent can never speak here.
    /// </summary>
    public static async Task<GuestChannel> AcceptAsync(Socket listener, string path, uint uid, CancellationToken cancellationToken)
    {
        Socket socket;
        using (listener)
        {
            socket = await listener.AcceptAsync(cancellationToken);
            File.Delete(path);
        }

        if (Libc.PeerUid(socket.Handle) != uid)
        {
            socket.Dispose();
            throw new SandboxException("something with another uid than the sandbox's connected to its control socket", SandboxLayers.UnprivilegedUid);
        }

        var channel = new GuestChannel(socket);
        await channel.SendAsync(new GuestCommand(GuestCommand.Begin));
        return channel;
    }

    public static Socket Listen(string path, uint uid)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (SandboxUids.ServerIsRoot)
            {
                Libc.ChangeOwner(path, uid, uint.MaxValue);
            }

            listener.Listen(1);
            return listener;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            listener.Dispose();
            throw new SandboxException($"cannot listen on {path}: {failure.Message}", inner: failure);
        }
    }

    public async Task SendAsync(GuestCommand command)
    {
        await writing.WaitAsync();
        try
        {
            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(command, GuestJson.Default.GuestCommand), (byte)'\n'];
            await stream.WriteAsync(line);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // PID 1 is gone and with it everything a command could be about.
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>The next event; null at the end. Anything that is not an event ends the line: Guest never sends such.</summary>
    public async Task<GuestEvent?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            while (true)
            {
                var end = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
                if (end >= 0)
                {
                    var read = JsonSerializer.Deserialize(buffer.AsSpan(0, end), GuestJson.Default.GuestEvent);
                    buffer.AsSpan(end + 1, filled - end - 1).CopyTo(buffer);
                    filled -= end + 1;
                    return read;
                }

                var count = filled == MaxLine ? 0 : await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
                if (count == 0)
                {
                    return null;
                }

                filled += count;
            }
        }
        catch (Exception failure) when (failure is IOException or JsonException or ObjectDisposedException)
        {
            return null;
        }
    }

    public void Dispose() => stream.Dispose();
}
