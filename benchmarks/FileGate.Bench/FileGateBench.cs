using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>This gate over HTTP, gRPC and MCP against nginx and the npm MCP filesystem server: same files, same machine, one run.</summary>
internal static class FileGateBench
{
    public static async Task<int> RunAsync(BenchOptions options)
    {
        var root = Directory.CreateTempSubdirectory("sa-b-").FullName;
        try
        {
            var report = new Report("file-gate");
            await using var arms = await Contestants.StartAsync(root, withNpm: "npm server, MCP".Contains(options.Only, StringComparison.OrdinalIgnoreCase), options.Beside);
            report.Say($"{options.Rounds} rounds of {options.Slice.TotalMilliseconds:0} ms an arm; {Environment.ProcessorCount} cores; audit on, redact: mask unless said otherwise");
            var small = await SmallReads.RunAsync(arms, report, options);
            if ("streams".Contains(options.Only, StringComparison.OrdinalIgnoreCase))
            {
                await Streams.RunAsync(arms, report, options);
            }
            else
            {
                report.Missing("256 MiB streams", "--only left them out");
            }

            return report.Finish(small);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
