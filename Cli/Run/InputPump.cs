using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;
using SecureAgent.Cli.Terminal;

namespace SecureAgent.Cli.Run;

/// <summary>Carries standard input, signals and sizes to a session or a command in it, in order, one write at a time.</summary>
internal sealed class InputPump<TRequest>(IClientStreamWriter<TRequest> stream, Func<ReadOnlyMemory<byte>, TRequest> wrap, TRequest closed) : IDisposable
{
    private const int StandardInput = 0;

    private readonly Channel<TRequest> queue = Channel.CreateBounded<TRequest>(16);
    private readonly CancellationTokenSource stop = new();

    /// <param name="keys">On a terminal: keys that detach; null when every byte is the agent's.</param>
    public void Start(DetachKeys? keys = null)
    {
        _ = SendAsync();

        // A read of standard input cannot be cancelled: it gets a thread that the process does not wait for.
        new Thread(() => ReadStdin(keys)) { IsBackground = true, Name = "stdin" }.Start();
    }

    public void Send(TRequest request) => queue.Writer.TryWrite(request);

    public void Dispose()
    {
        stop.Cancel();
        queue.Writer.TryComplete();
        stop.Dispose();
    }

    private void ReadStdin(DetachKeys? keys)
    {
        // Not the console's own stream: on a terminal that one edits and echoes lines itself.
        using var input = new FileStream(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        var buffer = new byte[16 << 10];
        try
        {
            int read;
            while ((read = input.Read(buffer)) > 0)
            {
                var bytes = keys is null ? buffer.AsMemory(0, read) : keys.Take(buffer.AsSpan(0, read));
                if (bytes.Length > 0)
                {
                    Write(wrap(bytes));
                }
            }

            Write(closed);
        }
        catch (ChannelClosedException)
        {
            // The session ended first.
        }
    }

    private void Write(TRequest request) => queue.Writer.WriteAsync(request).AsTask().GetAwaiter().GetResult();

    private async Task SendAsync()
    {
        try
        {
            await foreach (var request in queue.Reader.ReadAllAsync(stop.Token))
            {
                await stream.WriteAsync(request, stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The call is over; the response stream says why.
            queue.Writer.TryComplete();
        }
    }
}
