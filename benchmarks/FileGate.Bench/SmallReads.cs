using System.Globalization;
using System.Net;
using SecureAgent.Bench;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Bench;

/// <summary>4 KiB reads, one at a time and with 16 in flight.</summary>
internal static class SmallReads
{
    public const string Http = "http";
    public const string Relayed = "relayed";
    public const string Grpc = "grpc";
    public const string Mcp = "mcp";
    public const string GatePath = "/workspace/" + Contestants.SmallFile;

    private const int Many = 16;

    /// <returns>The headline figure.</returns>
    public static async Task<string> RunAsync(Contestants servers, Report report, BenchOptions options)
    {
        await using var owned = new Owned();
        Func<TimeSpan> cpu = () => servers.Gate.Process.CpuTime;
        List<Arm> arms = [HttpArm("gate, HTTP", servers.GateEndPoint, owned, cpu), HttpClientArm("gate, HTTP, HttpClient", "http://session", UnixSocketHttp.Handler(servers.Session), owned) with { ServerCpu = cpu }];
        if (servers.NginxEndPoint is { } nginx)
        {
            arms.InsertRange(0, [HttpArm("nginx, HTTP", nginx, owned), HttpClientArm("nginx, HTTP, HttpClient", $"http://{nginx}", new SocketsHttpHandler(), owned)]);
        }

        arms.Add(GrpcArm("gate, gRPC", UnixSocketHttp.Handler(servers.Session), owned) with { ServerCpu = cpu });
        arms.Add(McpArm("gate, MCP", owned.Own(await McpReader.OverSocketAsync(servers.Session)), GatePath) with { ServerCpu = cpu });
        if (servers.NpmProgram is { } npm)
        {
            var reader = owned.Own(await McpReader.OverStdioAsync("node", npm, servers.Files));
            arms.Add(McpArm("npm server, MCP", reader, Path.Combine(servers.Files, Contestants.SmallFile)));
        }

        if (servers.Rival is { } rival)
        {
            Func<TimeSpan> rivalCpu = () => rival.Gate.Process.CpuTime;
            arms.Add(HttpArm("gate beside, HTTP", rival.GateEndPoint, owned, rivalCpu));
            arms.Add(McpArm("gate beside, MCP", owned.Own(await McpReader.OverSocketAsync(rival.Session)), GatePath) with { ServerCpu = rivalCpu });
        }

        if (servers.Inside is { } inside)
        {
            arms.AddRange([inside.Arm("sandbox, HTTP", Http, cpu), inside.Arm("sandbox, relayed, HTTP", Relayed, cpu), inside.Arm("sandbox, gRPC", Grpc, cpu), inside.Arm("sandbox, MCP", Mcp, cpu)]);
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
            JudgeInside(report, one, nginx);
        }
        else
        {
            report.Missing("HTTP against nginx", "nginx is not installed, or --only left it out");
        }
    }

    private static void JudgeInside(Report report, Dictionary<string, Measurement> one, Measurement nginx)
    {
        if (one.TryGetValue("sandbox, HTTP", out var inside))
        {
            report.AtMost("HTTP from inside the sandbox: p50 against nginx", inside.P50 / nginx.P50, 2, "×");
            report.AtMost("HTTP from inside the sandbox: p99", inside.P99 / 1000, 0.5, "ms");
        }
        else
        {
            report.Missing("HTTP from inside the sandbox", "bubblewrap makes no sandbox here, or --only left it out");
        }
    }

    /// <summary>A worker connects when it is first used: an idle connection would be closed before its turn comes.</summary>
    public static Arm HttpArm(string name, EndPoint server, Owned owned, Func<TimeSpan>? cpu = null)
    {
        var clients = new RawHttpClient?[Many];
        var request = RawHttpClient.Get(Contestants.SmallFile);
        return new Arm(name, worker =>
        {
            var client = clients[worker] ??= owned.Own(RawHttpClient.Connect(server));
            client.Request(request, Contestants.SmallBytes);
            return Task.CompletedTask;
        }, cpu);
    }

    /// <summary>The client that programs in .NET have: it costs more than the servers do.</summary>
    private static Arm HttpClientArm(string name, string address, HttpMessageHandler server, Owned owned)
    {
        var client = owned.Own(new HttpClient(server) { BaseAddress = new Uri(address + "/v1/files/") });
        return new Arm(name, async _ =>
        {
            var content = await client.GetByteArrayAsync(Contestants.SmallFile);
            if (content.Length != Contestants.SmallBytes)
            {
                throw new InvalidDataException($"{content.Length} bytes of {Contestants.SmallFile}, not {Contestants.SmallBytes}");
            }
        });
    }

    public static Arm GrpcArm(string name, HttpMessageHandler server, Owned owned)
    {
        var reader = owned.Own(new GrpcReader(server));
        return new Arm(name, _ => reader.ReadAsync(Contestants.SmallFile, Contestants.SmallBytes));
    }

    public static Arm McpArm(string name, McpReader reader, string path) => new(name, _ => reader.ReadAsync(path, Contestants.SmallBytes));
}
