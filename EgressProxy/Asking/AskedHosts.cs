using SecureAgent.Policy;

namespace SecureAgent.EgressProxy.Asking;

/// <summary>One session's questions about hosts: those open now, asked once for all who wait, and what the operator said for the whole session.</summary>
internal sealed class AskedHosts
{
    private const int MaxOpen = 16;
    private const int MaxInAll = 200;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Task<HostAnswer>> open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HostAnswer> lasting = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = NewSignal();
    private int asked;

    /// <summary>Completes when the policy or the session's state changed after this was read.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    public void Signal() => Interlocked.Exchange(ref changed, NewSignal()).TrySetResult();

    /// <summary>An agent that asks for ever new hosts is refused before the operator is tired of it.</summary>
    public Task<HostAnswer> AskAsync(string subject, Func<Task<HostAnswer>> hold)
    {
        lock (gate)
        {
            if (lasting.TryGetValue(subject, out var known))
            {
                return Task.FromResult(known);
            }

            if (open.TryGetValue(subject, out var waiting))
            {
                return waiting;
            }

            if (open.Count >= MaxOpen || asked >= MaxInAll)
            {
                return Task.FromResult(new HostAnswer("too_many", ReasonCode.NoRule));
            }

            asked++;
            return open[subject] = HoldAsync(subject, hold);
        }
    }

    private async Task<HostAnswer> HoldAsync(string subject, Func<Task<HostAnswer>> hold)
    {
        await Task.Yield();
        HostAnswer? answer = null;
        try
        {
            return answer = await hold();
        }
        finally
        {
            lock (gate)
            {
                open.Remove(subject);
                if (answer is { IsLasting: true })
                {
                    lasting[subject] = answer;
                }
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
