using System.Diagnostics;
using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.Sandbox.Bench;

/// <summary>The start of a session whose sandbox stood ready, with time between the sessions for the next to be made.</summary>
internal static class PoolBench
{
    private const int Size = 2;
    private const int WarmUp = 20;
    private const int Starts = 30;
    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Report report, string root)
    {
        await using var server = await DevServer.StartAsync(Path.Combine(root, "pooled"), "--pool", $"{Size}");
        await Sessions.RunAsync(server);
        var (pooled, whole) = (new List<double>(), new List<double>());
        for (var start = -WarmUp; start < Starts; start++)
        {
            await FullAsync(server);
            var began = Stopwatch.GetTimestamp();
            var session = await Sessions.CreateAsync(server, "true");
            var created = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            await Sessions.EndedAsync(server, session);
            if (start >= 0)
            {
                pooled.Add(created);
                whole.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        pooled.Sort();
        whole.Sort();
        string Show(IReadOnlyList<double> values, double percent) => Percentiles.Of(values, percent).ToString("0.0", CultureInfo.InvariantCulture);
        report.Table(
            $"pool of {Size}", ["", "min ms", "p50 ms", "p95 ms"],
            [["CreateSession, the agent runs", Show(pooled, 0), Show(pooled, 50), Show(pooled, 95)], ["to exit code and summary", Show(whole, 0), Show(whole, 50), Show(whole, 95)]]);
        report.AtMost("pooled start, p50", Percentiles.Of(pooled, 50), 15, "ms");
    }

    /// <summary>A sandbox that stands ready has its directory, and Guest's socket in it is gone: nothing connects there any more.</summary>
    private static async Task FullAsync(DevServer server)
    {
        for (var began = Stopwatch.GetTimestamp(); Ready(server) < Size;)
        {
            if (Stopwatch.GetElapsedTime(began) > Refill)
            {
                throw new InvalidOperationException("the pool does not fill");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System); // the probes follow
    }

    private static int Ready(DevServer server) =>
        Directory.GetDirectories(Path.Combine(server.RunDirectory, "sessions")).Count(path => File.Exists(Path.Combine(path, "guest.json")) && !File.Exists(Path.Combine(path, "guest.sock")));
}
