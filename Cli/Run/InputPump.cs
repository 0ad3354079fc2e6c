using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Run;

/// <summary>Carries standard input and signals to the session, in order, one write at a time.</summary>
internal sealed class InputPump(IClientStreamWriter<AttachRequest> stream) : IDisposable
{
    private readonly Channel<AttachRequest> queue = Channel.CreateBounded<AttachRequest>(16);
    private readonly CancellationTokenSource stop = new();

    public void Start()
    {
        _ = SendAsync();

        // A read of standard input cannot be cancelled: it gets a thread that the process does not wait for.
        new Thread(ReadStdin) { IsBackground = true, Name = "stdin" }.Start();
    }

    public void Send(AttachRequest request) => queue.Writer.TryWrite(request);

    public void Dispose()
    {
        stop.Cancel();
        queue.Writer.TryComplete();
        stop.Dispose();
    }

    private void ReadStdin()
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[16 << 10];
        try
        {
            int read;
            while ((read = input.Read(buffer)) > 0)
            {
                queue.Writer.WriteAsync(new AttachRequest { Stdin = ByteString.CopyFrom(buffer, 0, read) }).AsTask().GetAwaiter().GetResult();
            }

            queue.Writer.WriteAsync(new AttachRequest { StdinClosed = true }).AsTask().GetAwaiter().GetResult();
        }
        catch (ChannelClosedException)
        {
            // The session ended first.
        }
    }

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
