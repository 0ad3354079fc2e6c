using System.Collections.Concurrent;
using System.Diagnostics;

namespace SecureAgent.Broker.Bench;

/// <summary>What a load at a fixed rate met. Milliseconds, ascending.</summary>
internal sealed record SteadyResult(double[] Sorted, int Failed, string? FirstFailure, TimeSpan Elapsed);

/// <summary>
/// Open-loop load: each request has its moment and is counted from there, so that a server that falls behind is charged for all that had to wait.
/// </summary>
internal static class SteadyLoad
{
    public static async Task<SteadyResult> RunAsync(int rate, TimeSpan time, Func<int, Task<long>> request)
    {
        var total = (int)(rate * time.TotalSeconds);
        var latencies = new ConcurrentBag<double>();
        var failures = new ConcurrentBag<string>();
        var running = new List<Task>(total);
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < total;)
        {
            var due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate));
            for (; sent < due; sent++)
            {
                running.Add(OneAsync(sent, started + (long)((double)sent / rate * Stopwatch.Frequency)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }

        await Task.WhenAll(running);
        return new SteadyResult([.. latencies.Order()], failures.Count, failures.FirstOrDefault(), Stopwatch.GetElapsedTime(started));

        async Task OneAsync(int number, long due)
        {
            try
            {
                var done = await Task.Run(() => request(number));
                latencies.Add(Stopwatch.GetElapsedTime(due, done).TotalMilliseconds);
            }
            catch (Exception error)
            {
                failures.Add(error.Message);
            }
        }
    }
}
