using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>Where the values of secrets are not: everything that is searched, while they are in use and after.</summary>
public sealed class SecretMemoryTests : IAsyncLifetime
{
    private const int Values = 4;

    private readonly string root = Directory.CreateTempSubdirectory("sa-memory-").FullName;
    private readonly string[] values = [.. Enumerable.Range(0, Values).Select(_ => $"sk-mem-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(24)}")];
    private readonly Channel<string> arrived = Channel.CreateUnbounded<string>();
    private readonly SemaphoreSlim answers = new(0);
    private Origin origin = null!;
    private Origin collector = null!;
    private Server server = null!;

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.OnRequest = async context =>
        {
            await arrived.Writer.WriteAsync(context.Request.Headers["x-api-key"].ToString());
            await answers.WaitAsync(context.RequestAborted);
        };
        collector = await Origin.StartAsync();
        server = await Server.StartAsync(new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{collector.HttpPort}", ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        });
        await File.WriteAllTextAsync(Path.Combine(root, "policy.yaml"), $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                egress:
                  - { host: 127.0.0.1, ports: [{{origin.HttpPort}}], allowPrivate: true, inject: key }
                secrets:
                  key: { embedded: memory, deliver: { header: x-api-key, host: 127.0.0.1 } }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        await collector.DisposeAsync();
        await server.DisposeAsync();
        answers.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task IssuedValues_AreInNoMemoryLogTraceOrAuditFile()
    {
        await SetAsync("set", values[0]);
        var url = $"http://127.0.0.1:{origin.HttpPort}/work";
        var run = server.RunAsync(
            "--policy", Path.Combine(root, "policy.yaml"), "--json", "--", "sh", "-c", $"for i in $(seq {Values}); do curl -s --noproxy '' -x http://127.0.0.1:3128 {url}; done");
        for (var at = 0; at < Values; at++)
        {
            using var limit = new CancellationTokenSource(Product.Limit);
            Assert.Equal(values[at], await arrived.Reader.ReadAsync(limit.Token));
            if (at + 1 < Values)
            {
                await SetAsync("rotate", values[at + 1]);
                answers.Release();
            }
        }

        // The last value is on the wire now: the agent waits for the answer.
        var searched = Searched();
        Assert.All(["SecureAgent.AgentRunner", "SecureAgent.Guest", "secure-agent.dll run", "curl"], name => Assert.Contains(searched, process => process.Name.Contains(name, StringComparison.Ordinal)));
        Assert.All(searched, process => Assert.True(ProcessMemory.Find(process.Id, values) is [], $"{process.Name} holds an issued value"));
        Assert.Equal(values.Order(), ProcessMemory.Find(Environment.ProcessId, values).Order());
        answers.Release();
        var outcome = await run;
        var output = await server.EndAndReadAsync();

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.All(values, value => Assert.DoesNotContain(value, outcome + output, StringComparison.Ordinal));
        Assert.NotEmpty(collector.Requests);
        var exported = collector.Requests.Select(request => Encoding.Latin1.GetString(request.Body)).ToList();
        var files = Directory.EnumerateFiles(server.Data, "*", SearchOption.AllDirectories).ToDictionary(path => path, path => Encoding.Latin1.GetString(File.ReadAllBytes(path)));
        Assert.Contains(files, file => file.Value.Contains("lease.returned", StringComparison.Ordinal));
        Assert.All(values, value =>
        {
            Assert.DoesNotContain(exported, text => text.Contains(value, StringComparison.Ordinal));
            Assert.DoesNotContain(files, file => file.Value.Contains(value, StringComparison.Ordinal));
        });
    }

    /// <summary>The runner and all below it, and the command line client of this test's run: other tests' clients come and go.</summary>
    private List<(int Id, string Name)> Searched()
    {
        var runner = server.ComponentProcess("AgentRunner");
        var clients = Processes.DescendantsOf(Environment.ProcessId).Where(id => Processes.CommandLine(id) is { } line && line.Contains("secure-agent.dll run", StringComparison.Ordinal) && line.Contains(root, StringComparison.Ordinal));
        return [.. Processes.DescendantsOf(runner).Append(runner).Concat(clients).Where(Processes.IsAlive).Select(id => (id, Processes.CommandLine(id)))];
    }

    private async Task SetAsync(string verb, string value)
    {
        var outcome = await Product.RunAsync("dotnet", [Product.Cli, "secret", verb, "memory", "--data", server.Data], stdin: value + "\n");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }
}
