using System.Collections.Concurrent;
using System.Threading.Channels;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>Sorts what PID 1 says: jobs' bytes to their jobs, observations to whoever records them.</summary>
internal sealed class GuestLine
{
    private const int Agent = 0;
    private const int KilledCode = 137;

    /// <summary>Waits when observations are not recorded as fast as they are made: that slows the agent down, and loses nothing.</summary>
    private readonly Channel<GuestEvent> observed = Channel.CreateBounded<GuestEvent>(new BoundedChannelOptions(256) { SingleReader = true });

    private readonly ConcurrentDictionary<int, GuestJob> jobs = new();
    private readonly GuestChannel channel;
    private int lastJob;
    private volatile TaskCompletionSource<string?>? frozen;
    private volatile bool isOver;

    /// <param name="early">What came before the agent's start was confirmed.</param>
    public GuestLine(GuestChannel channel, bool hasTerminal, IReadOnlyList<GuestEvent> early)
    {
        this.channel = channel;
        if (hasTerminal)
        {
            Terminal = jobs[Agent] = new GuestJob(channel, Agent);
        }

        _ = ReadAsync(early);
    }

    public GuestJob? Terminal { get; }

    /// <summary>PID 1's next word about a freeze: null when everything stands still, else why not.</summary>
    public Task<string?> NextFreezeAsync() => (frozen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public IAsyncEnumerable<GuestEvent> Observed => observed.Reader.ReadAllAsync();

    public async Task<IGuestJob> ExecAsync(AgentStart what)
    {
        var id = Interlocked.Increment(ref lastJob);
        var job = jobs[id] = new GuestJob(channel, id);
        await channel.SendAsync(new GuestCommand(GuestCommand.Exec) { Job = id, Agent = what });
        if (isOver)
        {
            job.End(new JobExit(KilledCode, "the session is over"));
        }

        return job;
    }

    private async Task ReadAsync(IReadOnlyList<GuestEvent> early)
    {
        foreach (var line in early)
        {
            await TakeAsync(line);
        }

        while (await channel.ReceiveAsync() is { } line)
        {
            await TakeAsync(line);
        }

        isOver = true;
        frozen?.TrySetResult(null); // nothing is left that runs
        observed.Writer.TryComplete();
        foreach (var job in jobs.Values)
        {
            job.End(new JobExit(KilledCode, null));
        }
    }

    private async ValueTask TakeAsync(GuestEvent line)
    {
        if (line.Type == GuestEvent.Frozen)
        {
            frozen?.TrySetResult(line.Detail);
        }
        else if (line.Job is not { } id)
        {
            await observed.Writer.WriteAsync(line);
        }
        else if (jobs.TryGetValue(id, out var job))
        {
            job.Take(line);
            if (line.Type == GuestEvent.JobExited)
            {
                jobs.TryRemove(id, out _);
            }
        }
    }
}
