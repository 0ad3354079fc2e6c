using System.Diagnostics;
using System.Globalization;
using System.Net;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>256 MiB files: rate, memory of the gate, and what they do to small reads.</summary>
internal static class Streams
{
    private const double Gigabyte = 1e9;
    private const int Readers = 2;
    private const string Sandbox = "gate from inside the sandbox, redact: off";

    public static async Task RunAsync(Contestants servers, Report report, BenchOptions options)
    {
        await RatesAsync(servers, report, options);
        await SmallReadsBesideAsync(servers, report, options);
    }

    private static async Task RatesAsync(Contestants servers, Report report, BenchOptions options)
    {
        Func<TimeSpan> cpu = () => servers.Gate.Process.CpuTime;
        List<(string Name, EndPoint Server, Func<TimeSpan>? Cpu)> arms = [("gate, redact: off", servers.PlainGateEndPoint, cpu), ("gate, redact: mask", servers.GateEndPoint, cpu)];
        if (servers.NginxEndPoint is { } nginx)
        {
            arms.Insert(0, ("nginx", nginx, null));
        }

        if (servers.Rival is { } rival)
        {
            Func<TimeSpan> rivalCpu = () => rival.Gate.Process.CpuTime;
            arms.Add(("gate beside, redact: off", rival.PlainGateEndPoint, rivalCpu));
            arms.Add(("gate beside, redact: mask", rival.GateEndPoint, rivalCpu));
        }

        var rates = arms.Select(arm => arm.Name).Append(Sandbox).ToDictionary(name => name, _ => new List<double>());
        var used = arms.Where(arm => arm.Cpu is not null).ToDictionary(arm => arm.Name, _ => TimeSpan.Zero);
        long before = 0;
        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var (name, server, serverCpu) in arms)
            {
                var start = serverCpu?.Invoke();
                var rate = Rate(server);
                if (round > 0)
                {
                    rates[name].Add(rate);
                }

                if (round > 0 && serverCpu is not null)
                {
                    used[name] += serverCpu() - start!.Value;
                }
            }

            if (servers.Inside is { } inside && await inside.RateAsync() is var there && round > 0)
            {
                rates[Sandbox].Add(there);
            }

            before = round == 0 ? servers.Gate.Process.ResidentBytes : before;
        }

        var medians = rates.Where(rate => rate.Value.Count > 0).ToDictionary(rate => rate.Key, rate => Percentiles.Of([.. rate.Value.Order()], 50));
        report.Table("256 MiB over HTTP", ["arm", "GB/s", "server CPU ms a GB"], medians.Select(rate => (IReadOnlyList<string>)
            [rate.Key, rate.Value.ToString("N2", CultureInfo.InvariantCulture), used.TryGetValue(rate.Key, out var time) ? CpuPerGigabyte(time, options.Rounds) : ""]));
        report.AtLeast("256 MiB direct (redact: off)", medians["gate, redact: off"], 1, "GB/s");
        if (medians.TryGetValue(Sandbox, out var sandbox))
        {
            report.AtLeast("256 MiB from inside the sandbox (redact: off)", sandbox, 0.7, "GB/s");
        }
        else
        {
            report.Missing("256 MiB from inside the sandbox", "bubblewrap makes no sandbox here");
        }

        report.AtMost("memory the gate gained over the streams", (servers.Gate.Process.ResidentBytes - before) / 1048576.0, 32, "MiB");
    }

    private static string CpuPerGigabyte(TimeSpan used, int rounds) =>
        (used.TotalMilliseconds / rounds / Contestants.BigBytes * Gigabyte).ToString("N0", CultureInfo.InvariantCulture);

    public static double Rate(EndPoint server)
    {
        using var client = RawHttpClient.Connect(server);
        var started = Stopwatch.GetTimestamp();
        client.Request(RawHttpClient.Get(Contestants.BigFile), Contestants.BigBytes);
        return Contestants.BigBytes / Gigabyte / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task SmallReadsBesideAsync(Contestants servers, Report report, BenchOptions options)
    {
        await using var owned = new Owned();
        var arm = SmallReads.HttpArm("gate, HTTP, beside two streams", servers.GateEndPoint, owned);
        using var done = new CancellationTokenSource();
        var streams = Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Load.OnOwnThread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Rate(servers.PlainGateEndPoint);
            }

            return Task.CompletedTask;
        })));
        var measured = await Load.RunAsync([arm], 1, options.Rounds, options.Slice);
        await done.CancelAsync();
        await streams;
        report.Table("4 KiB reads while two 256 MiB streams run", measured);
        report.AtMost("small reads beside two streams: p99", measured[0].P99 / 1000, 5, "ms");
    }
}
