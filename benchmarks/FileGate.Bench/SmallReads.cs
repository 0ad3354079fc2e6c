using System.Globalization;
using System.Net;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>4 KiB reads, one at a time and with 16 in flight.</summary>
internal static class SmallReads
{
    private const int Many = 16;

    /// <returns>The headline figure.</returns>
    public static async Task<string> RunAsync(Contestants servers, Report report, BenchOptions options)
    {
        await using var owned = new Owned();
        Func<TimeSpan> cpu = () => servers.Gate.Process.CpuTime;
        List<Arm> arms = [await HttpAsync("gate, HTTP", servers.GateEndPoint, owned, cpu)];
        if (servers.NginxEndPoint is { } nginx)
        {
            arms.Insert(0, await HttpAsync("nginx, HTTP", nginx, owned));
        }

        var grpc = owned.Own(new GrpcReader(servers.Session));
        arms.Add(new Arm("gate, gRPC", _ => grpc.ReadAsync(Contestants.SmallFile, Contestants.SmallBytes), cpu));
        arms.Add(Mcp("gate, MCP", owned.Own(await McpReader.OverSocketAsync(servers.Session)), "/workspace/" + Contestants.SmallFile) with { ServerCpu = cpu });
        if (servers.NpmProgram is { } npm)
        {
            var reader = owned.Own(await McpReader.OverStdioAsync("node", npm, servers.Files));
            arms.Add(Mcp("npm server, MCP", reader, Path.Combine(servers.Files, Contestants.SmallFile)));
        }

        if (servers.Rival is { } rival)
        {
            Func<TimeSpan> rivalCpu = () => rival.Gate.Process.CpuTime;
            arms.Add(await HttpAsync("gate beside, HTTP", rival.GateEndPoint, owned, rivalCpu));
            arms.Add(Mcp("gate beside, MCP", owned.Own(await McpReader.OverSocketAsync(rival.Session)), "/workspace/" + Contestants.SmallFile) with { ServerCpu = rivalCpu });
        }

        arms.RemoveAll(arm => !arm.Name.Contains(options.Only, StringComparison.OrdinalIgnoreCase));
        var one = (await Load.RunAsync(arms, 1, options.Rounds, options.Slice)).ToDictionary(arm => arm.Arm);
        var many = (await Load.RunAsync(arms, Many, options.Rounds, options.Slice)).ToDictionary(arm => arm.Arm);
        report.Table("4 KiB reads", [.. one.Values, .. many.Values]);
        Judge(report, one, many);
        return string.Join(", ", one.Values.Select(arm => string.Create(CultureInfo.InvariantCulture, $"{arm.Arm} p50 {arm.P50:0} µs")));
    }

    private static void Judge(Report report, Dictionary<string, Measurement> one, Dictionary<string, Measurement> many)
    {
        if (one.TryGetValue("npm server, MCP", out var npm) && one.TryGetValue("gate, MCP", out var mcp))
        {
            report.AtLeast("MCP, one at a time: rate against the npm server", mcp.PerSecond / npm.PerSecond, 1.5, "×");
            report.AtLeast("MCP, 16 in flight: rate against the npm server", many["gate, MCP"].PerSecond / many["npm server, MCP"].PerSecond, 1.2, "×");
            report.AtMost("MCP, one at a time: p99 against the npm server", mcp.P99 / npm.P99, 1, "×");
        }
        else
        {
            report.Missing("MCP against the npm server", "npm could not install it, or --only left it out");
        }

        if (one.TryGetValue("nginx, HTTP", out var nginx) && one.TryGetValue("gate, HTTP", out var http))
        {
            report.AtMost("HTTP direct: p50 against nginx", http.P50 / nginx.P50, 1.3, "×");
        }
        else
        {
            report.Missing("HTTP against nginx", "nginx is not installed, or --only left it out");
        }
    }

    public static async Task<Arm> HttpAsync(string name, EndPoint server, Owned owned, Func<TimeSpan>? cpu = null)
    {
        var clients = new List<RawHttpClient>();
        for (var at = 0; at < Many; at++)
        {
            clients.Add(owned.Own(await RawHttpClient.ConnectAsync(server)));
        }

        var request = RawHttpClient.Get(Contestants.SmallFile);
        return new Arm(name, worker => clients[worker].RequestAsync(request, Contestants.SmallBytes), cpu);
    }

    private static Arm Mcp(string name, McpReader reader, string path) => new(name, _ => reader.ReadAsync(path, Contestants.SmallBytes));
}
