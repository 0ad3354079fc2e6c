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
            var figure = await TunnelSetups.RunAsync(contestants, report, options);
            await TunnelThroughput.RunAsync(contestants, report, options);
            await IdleTunnels.RunAsync(contestants, report);
            await InspectedRequests.RunAsync(contestants.Own, origin, report, options);
            return report.Finish(figure);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
