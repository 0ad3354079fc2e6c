using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>The runner's side of one job; see <see cref="JobWindow"/> for what bounds the queues.</summary>
internal sealed class GuestJob(GuestChannel channel, int id) : IGuestJob
{
    private readonly Channel<JobOutput> output = Channel.CreateUnbounded<JobOutput>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<JobExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long mayWrite = JobWindow.Bytes;

    public Task<JobExit> Exited => exited.Task;

    public async IAsyncEnumerable<JobOutput> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var next in output.Reader.ReadAllAsync(cancellationToken))
        {
            yield return next;
            await channel.SendAsync(new GuestCommand(GuestCommand.OutputTaken) { Job = id, Number = next.Bytes.Length });
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            var chunk = bytes[..Math.Min(bytes.Length, JobWindow.Chunk)];
            await WaitForWindowAsync(chunk.Length, cancellationToken);
            await channel.SendAsync(new GuestCommand(GuestCommand.Input) { Job = id, Data = chunk.ToArray() });
            bytes = bytes[chunk.Length..];
        }
    }

    public Task CloseInputAsync() => channel.SendAsync(new GuestCommand(GuestCommand.InputClosed) { Job = id });

    public Task ResizeAsync(TerminalSize size) => channel.SendAsync(new GuestCommand(GuestCommand.Resize) { Job = id, Size = size });

    public Task SignalAsync(int signal) => channel.SendAsync(new GuestCommand(GuestCommand.Signal) { Job = id, Number = signal });

    public Task AbandonAsync() => channel.SendAsync(new GuestCommand(GuestCommand.Abandon) { Job = id });

    /// <summary>What Guest says about this job.</summary>
    public void Take(GuestEvent line)
    {
        switch (line.Type)
        {
            case GuestEvent.Output when line.Data is { } bytes:
                output.Writer.TryWrite(new JobOutput(bytes, line.IsError == true));
                break;
            case GuestEvent.InputTaken:
                lock (gate)
                {
                    mayWrite += line.Count ?? 0;
                    taken.TrySetResult();
                    taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                break;
            case GuestEvent.JobExited:
                End(new JobExit(line.Code ?? EndReason, line.Detail));
                break;
        }
    }

    public void End(JobExit exit)
    {
        output.Writer.TryComplete();
        exited.TrySetResult(exit);
        lock (gate)
        {
            mayWrite = long.MaxValue; // nobody reads: what is written is lost
            taken.TrySetResult();
        }
    }

    private const int EndReason = 125;

    private async Task WaitForWindowAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                if (mayWrite >= count)
                {
                    mayWrite -= count;
                    return;
                }

                waiting = taken.Task;
            }

            await waiting.WaitAsync(cancellationToken);
        }
    }
}
