using System.Diagnostics;
using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The proxy is killed while requests go through it: none passes unjudged, tunnels end, and the next session is served.</summary>
public sealed class EgressKillTests : IAsyncLifetime
{
    private const int Load = 40;

    private readonly string root = Directory.CreateTempSubdirectory("sa-kill-").FullName;
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Origin origin = null!;
    private Server server = null!;
    private int load;
    private int held;

    private string Policy => Path.Combine(root, "policy.yaml");

    private string Url => $"http://127.0.0.1:{origin.HttpPort}";

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.OnRequest = async context =>
        {
            if (context.Request.Path == "/hold")
            {
                Volatile.Write(ref held, 1);
                await over.Task;
            }
            else if (Interlocked.Increment(ref load) >= Load && Volatile.Read(ref held) == 1)
            {
                loaded.TrySetResult();
            }
        };
        await File.WriteAllTextAsync(Policy, $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                egress:
                  - { host: 127.0.0.1, ports: [{{origin.HttpPort}}], allowPrivate: true }
            """);
        server = await Server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        over.TrySetResult();
        await server.DisposeAsync();
        await origin.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Proxy_KilledUnderLoad_LetsNothingPassUnjudgedAndEndsItsTunnels()
    {
        // Three load generators and one tunnel, which the origin holds; after the go the agent asks once more.
        var ask = "curl -s --noproxy '' -x http://127.0.0.1:3128";
        var script = $"""
            for one in 1 2 3; do (while [ ! -e /tmp/stop ]; do {ask} -o /dev/null {Url}/load || sleep 0.05; done) & done
            {ask} -p {Url}/hold; echo "tunnel $?"
            read go; touch /tmp/stop; wait
            {ask} {Url}/after || echo refused
            """;
        using var agent = Process.Start(new ProcessStartInfo("dotnet", [Product.Cli, "run", "--data", server.Data, "--policy", Policy, "--", "sh", "-c", script])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await loaded.Task.WaitAsync(Product.Limit);

        Process.GetProcessById(server.ComponentProcess("EgressProxy")).Kill();
        var tunnel = await agent.StandardOutput.ReadLineAsync();
        await server.WaitForAsync("state", "egress-proxy", "healthy");
        await agent.StandardInput.WriteLineAsync("go");
        var after = await agent.StandardOutput.ReadToEndAsync();
        await agent.WaitForExitAsync();
        var reached = origin.Requests.Count;
        var next = await server.RunAsync("--policy", Policy, "--json", "--", "sh", "-c", $"{ask} {Url}/next");

        Assert.StartsWith("tunnel ", tunnel, StringComparison.Ordinal);
        Assert.NotEqual("tunnel 0", tunnel);
        Assert.Equal("refused\n", after);
        Assert.InRange(reached, Load, Allowed());
        Assert.Equal("from the origin", next.Answer);
    }

    /// <summary>Allowed destinations on record, of all sessions; the kill must not have cost one of a request that left.</summary>
    private int Allowed() => Directory.GetFiles(Path.Combine(server.Data, "audit", "egress-proxy"), "*.jsonl")
        .SelectMany(ReadLines)
        .Count(line => line.RootElement.TryGetProperty("verdict", out var verdict) && verdict.GetString() == "allow") - 1;

    private static IEnumerable<JsonDocument> ReadLines(string segment)
    {
        using var stream = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            yield return JsonDocument.Parse(line);
        }
    }
}
