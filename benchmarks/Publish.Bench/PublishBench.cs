using System.Diagnostics;
using System.Globalization;
using SecureAgent.Bench;

namespace SecureAgent.Publish.Bench;

/// <summary><c>publish</c> of the shipped policy as an operator runs it: the whole process, from its start to its end, into a directory that is not there.</summary>
internal static class PublishBench
{
    private const double Limit = 1500;

    public static async Task<int> RunAsync(int rounds)
    {
        var root = Directory.CreateTempSubdirectory("sa-p-").FullName;
        try
        {
            await PublishAsync(Path.Combine(root, "warm"));
            var runs = new List<(double Wall, double Cpu)>();
            for (var round = 0; round < rounds; round++)
            {
                runs.Add(await PublishAsync(Path.Combine(root, round.ToString(CultureInfo.InvariantCulture))));
            }

            return Finish([.. runs.Select(run => run.Wall).Order()], [.. runs.Select(run => run.Cpu).Order()]);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static int Finish(double[] wall, double[] cpu)
    {
        var report = new Report("publish");
        report.Table(
            $"publish of every overlay, {wall.Length} runs; {Environment.ProcessorCount} cores",
            ["figure", "fastest ms", "p50 ms", "slowest ms"],
            [["from start to end", Show(wall[0]), Show(Percentiles.Of(wall, 50)), Show(wall[^1])], ["processor time", Show(cpu[0]), Show(Percentiles.Of(cpu, 50)), Show(cpu[^1])]]);
        report.AtMost("publish, p50 from start to end", Percentiles.Of(wall, 50), Limit, "ms");
        return report.Finish($"publish in {Show(Percentiles.Of(wall, 50))} ms, {Show(Percentiles.Of(cpu, 50))} ms of it processor time");
    }

    /// <summary>The shell's own clock: it alone knows what a process that has ended used.</summary>
    private static async Task<(double Wall, double Cpu)> PublishAsync(string output)
    {
        var host = Path.Combine(AppContext.BaseDirectory, "..", "..", "AppHost", "release", "SecureAgent.AppHost.dll");
        var start = new ProcessStartInfo("bash", ["-c", "TIMEFORMAT='%R %U %S'; time dotnet \"$0\" publish --output \"$1\" >/dev/null", host, output]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 || !File.Exists(Path.Combine(output, "parity.json")))
        {
            throw new InvalidOperationException($"publish ended with {process.ExitCode}: {said}");
        }

        var seconds = said.Trim().Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return (seconds[0] * 1000, (seconds[1] + seconds[2]) * 1000);
    }

    private static string Show(double milliseconds) => milliseconds.ToString("0", CultureInfo.InvariantCulture);
}
