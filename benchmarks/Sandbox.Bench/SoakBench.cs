using System.Diagnostics;
using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.Sandbox.Bench;

/// <summary>Many sessions, one after the other and then sixteen at a time; what the server holds afterwards is what it held before.</summary>
internal static class SoakBench
{
    private const int AtATime = 16;

    /// <summary>More than the server keeps of ended sessions, so that memory has its level.</summary>
    private const int WarmUp = 120;

    /// <summary>The server's own clients keep connections to the gates as long as it pleases them.</summary>
    private const int PooledConnections = 32;

    private const double MemoryGrowth = 1.25;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(int sessions, string root)
    {
        var report = new Report("soak");
        await using var server = await DevServer.StartAsync(Path.Combine(root, "data"));
        await RunAsync(server, WarmUp, AtATime);
        var rows = new List<IReadOnlyList<string>>();
        foreach (var width in new[] { 1, AtATime })
        {
            var before = await SettledAsync(server);
            var began = Stopwatch.GetTimestamp();
            await RunAsync(server, sessions, width);
            var took = Stopwatch.GetElapsedTime(began);
            var after = await SettledAsync(server, before);
            var name = width == 1 ? "in a row" : $"{width} at a time";
            rows.Add([name, $"{sessions}", Number(took.TotalSeconds), Number(sessions / took.TotalSeconds), Number(before.ResidentBytes / 1e6), Number(after.ResidentBytes / 1e6)]);
            foreach (var (what, earlier, later) in before.Against(after))
            {
                report.AtMost($"{what} left, {sessions} sessions {name}", later - earlier, what == "descriptors" ? Math.Min(PooledConnections, sessions / 10) : 0, "");
            }

            report.AtMost($"memory, {sessions} sessions {name}", (double)after.ResidentBytes / before.ResidentBytes, MemoryGrowth, "times");
        }

        report.Table("sessions", ["", "sessions", "seconds", "a second", "MB before", "MB after"], rows);
        return report.Finish($"2 × {sessions} sessions");
    }

    private static Task RunAsync(DevServer server, int sessions, int width)
    {
        var left = sessions;
        return Task.WhenAll(Enumerable.Range(0, width).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await Sessions.RunAsync(server);
            }
        }));
    }

    /// <summary>Connections that have just closed, and groups whose last process is dying, need a moment.</summary>
    private static async Task<Holdings> SettledAsync(DevServer server, Holdings? expected = null)
    {
        await Task.Delay(Settling / 5, TimeProvider.System);
        var seen = Holdings.Of(server);
        for (var began = Stopwatch.GetTimestamp(); expected is not null && Stopwatch.GetElapsedTime(began) < Settling && expected.Against(seen).Any(one => one.After > one.Before); seen = Holdings.Of(server))
        {
            await Task.Delay(Settling / 50, TimeProvider.System);
        }

        return seen;
    }

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
