using System.Collections.Concurrent;
using System.Diagnostics;

namespace SecureAgent.Bench;

/// <summary>One way of doing the job that is measured.</summary>
/// <param name="Request">Does it once, for the worker with this number from 0. Throws when the answer is wrong: a fast failure is no figure.</param>
/// <param name="ServerCpu">Processor time the server has used so far; null where it is not asked.</param>
public sealed record Arm(string Name, Func<int, Task> Request, Func<TimeSpan>? ServerCpu = null)
{
    /// <summary>Does a whole slice with so many workers, in another process, instead of <see cref="Request"/>.</summary>
    public Func<int, TimeSpan, Task<Slice>>? Elsewhere { get; init; }
}

/// <summary>
/// Closed-loop load: every worker asks again when it has its answer. The arms take turns in short slices, so that what else the machine does
/// meets all of them; ratios within one run are what counts.
/// </summary>
public static class Load
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    public static async Task<IReadOnlyList<Measurement>> RunAsync(IReadOnlyList<Arm> arms, int workers, int rounds, TimeSpan slice)
    {
        ArgumentNullException.ThrowIfNull(arms);
        var measured = arms.ToDictionary(arm => arm, _ => new List<Round>());

        // Round 0 warms up and is thrown away: a server that compiles while it runs is measured when it has.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var arm in arms)
            {
                var one = await RoundAsync(arm, workers, round == 0 && slice < WarmUp ? WarmUp : slice);
                if (round > 0)
                {
                    measured[arm].Add(one);
                }
            }
        }

        return [.. arms.Select(arm => Measurement.Of(arm.Name, workers, measured[arm]))];
    }

    private static async Task<Round> RoundAsync(Arm arm, int workers, TimeSpan slice)
    {
        var cpu = arm.ServerCpu?.Invoke();
        var done = await (arm.Elsewhere?.Invoke(workers, slice) ?? SliceAsync(arm.Request, workers, slice));
        return new Round(done.Sorted, done.Elapsed, arm.ServerCpu?.Invoke() - cpu);
    }

    /// <summary>A client that blocks must not take the thread of another.</summary>
    public static Task OnOwnThread(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

    public static async Task<Slice> SliceAsync(Func<int, Task> request, int workers, TimeSpan slice)
    {
        ArgumentNullException.ThrowIfNull(request);
        var latencies = new ConcurrentBag<List<double>>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => OnOwnThread(async () =>
        {
            var own = new List<double>(64 * 1024);
            latencies.Add(own);
            do
            {
                var asked = Stopwatch.GetTimestamp();
                await request(worker);
                own.Add(Stopwatch.GetElapsedTime(asked).TotalMicroseconds);
            }
            while (Stopwatch.GetElapsedTime(started) < slice);
        })));
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new Slice([.. latencies.SelectMany(own => own).Order()], elapsed);
    }
}
