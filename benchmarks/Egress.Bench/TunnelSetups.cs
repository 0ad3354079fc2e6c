using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>CONNECT, answered and closed again.</summary>
internal static class TunnelSetups
{
    /// <returns>The figure of the run.</returns>
    public static async Task<string> RunAsync(Contestants contestants, Report report, BenchOptions options)
    {
        var figure = new List<string>();
        foreach (var workers in new[] { 1, 16 })
        {
            var measured = await Load.RunAsync([.. contestants.All.Select(one => ArmOf(one, contestants.Origin.RawPort))], workers, options.Rounds, options.Slice);
            report.Table($"CONNECT set-ups, {workers} at a time", measured);
            var own = measured[0].PerSecond;
            figure.Add(string.Create(CultureInfo.InvariantCulture, $"{own:N0}/s at {workers}"));
            if (measured.Count == 1)
            {
                report.Missing($"CONNECT set-ups a second, {workers} at a time, against the best", "no other proxy is installed");
                continue;
            }

            var best = measured.Skip(1).MaxBy(one => one.PerSecond)!;
            report.AtLeast($"CONNECT set-ups a second, {workers} at a time, against the best ({best.Arm})", own / best.PerSecond, 1, "×");
        }

        return $"CONNECT {string.Join(", ", figure)}";
    }

    private static Arm ArmOf(Contestant one, int port) =>
        new(one.Name, async _ => (await one.OpenAsync("127.0.0.1", port)).Dispose(), () => one.Process.CpuTime);
}
