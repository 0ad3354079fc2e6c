using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SecureAgent.FileGate.Tests;

/// <summary>A thread in a network namespace of its own, as a sandbox's programs are: what it opens is there, whoever holds it.</summary>
internal sealed partial class OwnNetwork : IDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    private readonly System.Collections.Concurrent.BlockingCollection<Action> work = [];
    private readonly Thread thread;

    private OwnNetwork()
    {
        thread = new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
            {
                action();
            }
        });
        thread.Start();
    }

    /// <summary>Skips the test where a namespace cannot be made.</summary>
    public static async Task<OwnNetwork> CreateAsync()
    {
        var network = new OwnNetwork();
        var error = await network.RunAsync(() => Unshare(NewNetwork) == 0 ? LoopbackUp() : Marshal.GetLastPInvokeError());
        if (error != 0)
        {
            network.Dispose();
        }

        Assert.SkipUnless(error == 0, $"no network namespace here: {Marshal.GetPInvokeErrorMessage(error)}");
        return network;
    }

    public Task<T> RunAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    public Task<Socket> ListenAsync(IPAddress address) => RunAsync(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    });

    public void Dispose()
    {
        work.CompleteAdding();
        thread.Join();
        work.Dispose();
    }

    private static unsafe int LoopbackUp()
    {
        const nuint getFlags = 0x8913, setFlags = 0x8914;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var request = stackalloc byte[40]; // struct ifreq
        new Span<byte>(request, 40).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, 40));
        if (Ioctl(socket.Handle, getFlags, request) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        request[16] |= 1; // IFF_UP
        return Ioctl(socket.Handle, setFlags, request) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Ioctl(nint descriptor, nuint request, byte* argument);
}
