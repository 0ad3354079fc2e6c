using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>This proxy against tinyproxy, squid and the proxy of srt: same client, same origin, same machine, one run, every one with its log on.</summary>
internal static class EgressBench
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        var root = Directory.CreateTempSubdirectory("sa-b-").FullName;
        try
        {
            var report = new Report("egress");
            await using var origin = await BenchOrigin.StartAsync(root);
            await using var contestants = await Contestants.StartAsync(root, origin, options.Only);
            report.Say($"{options.Rounds} rounds of {options.Slice.TotalMilliseconds:0} ms an arm; {Environment.ProcessorCount} cores, client and origin on them too");
            var figure = "no set-ups";
            foreach (var (name, run) in new (string, Func<Task>)[]
            {
                ("set-ups", async () => figure = await TunnelSetups.RunAsync(contestants, report, options)),
                ("throughput", () => TunnelThroughput.RunAsync(contestants, report, options)),
                ("idle", () => IdleTunnels.RunAsync(contestants, report)),
                ("inspected", () => InspectedRequests.RunAsync(contestants.Own, origin, root, report, options)),
            })
            {
                // The word names a part, or one of the other proxies for all parts.
                if (name.Contains(options.Only, StringComparison.OrdinalIgnoreCase) || contestants.All.Count > 1)
                {
                    await run();
                }
                else
                {
                    report.Missing(name, "--only left it out");
                }
            }

            return report.Finish(figure);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
