using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using SecureAgent.AgentRunner.Native;
using SecureAgent.Contracts.Guest;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>The runner's end of the line to PID 1 of one sandbox.</summary>
internal sealed class GuestChannel : IDisposable
{
    /// <summary>A job's chunk in base64 is the longest that Guest says.</summary>
    private const int MaxLine = 2 * JobWindow.Chunk;
    private const int SigKill = 9;

    private readonly NetworkStream stream;
    private readonly SemaphoreSlim writing = new(1);
    private readonly byte[] buffer = new byte[MaxLine];
    private readonly SafeFileHandle? catcher;
    private readonly SafeFileHandle? init;
    private int filled;

    private GuestChannel(Socket socket, SafeFileHandle? catcher, SafeFileHandle? init) =>
        (stream, this.catcher, this.init) = (new NetworkStream(socket, ownsSocket: true), catcher, init);

    /// <summary>
    /// Takes the first connection of the sandbox's uid and stops listening: it is made before the agent exists, so the agent can never speak here.
    /// </summary>
    /// <param name="handsOver">It comes with a descriptor of its packet socket. The last close of such a socket waits for the whole machine (synchronize_net): here nobody waits for that.</param>
    public static async Task<GuestChannel> AcceptAsync(Socket listener, string path, uint uid, bool handsOver, CancellationToken cancellationToken)
    {
        Socket socket;
        using (listener)
        {
            socket = await listener.AcceptAsync(cancellationToken);
            File.Delete(path);
        }

        try
        {
            if (UnixSocketCalls.PeerOf(socket) is not { } peer || peer.UserId != uid)
            {
                throw new SandboxException("something with another uid than the sandbox's connected to its control socket", SandboxLayers.UnprivilegedUid);
            }

            var channel = new GuestChannel(socket, handsOver ? await TakeCatcherAsync(socket, cancellationToken) : null, Libc.OpenProcess(peer.ProcessId));
            await channel.SendAsync(new GuestCommand(GuestCommand.Begin));
            return channel;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SafeFileHandle?> TakeCatcherAsync(Socket socket, CancellationToken cancellationToken)
    {
        await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken); // until there is something
        return UnixSocketCalls.ReceiveDescriptor(socket, new byte[1], out var descriptor) == 1 && descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
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
                FileOwner.Change(path, uid, FileOwner.Same);
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

    /// <summary>Kills PID 1 itself, which the kernel spreads to everything in the sandbox; whoever started it may be out of reach of a signal.</summary>
    public void KillInit()
    {
        if (init is not null)
        {
            Libc.Signal(init, SigKill);
        }
    }

    public void Dispose()
    {
        stream.Dispose();
        init?.Dispose();
        if (catcher is not null)
        {
            _ = Task.Run(catcher.Dispose);
        }
    }
}
