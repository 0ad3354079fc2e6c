using System.Threading.Channels;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A policy that the operator edits while an agent runs under it.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class PolicyReloadTests(SharedServer shared) : IAsyncLifetime
{
    private const string Proxied = "curl -s --noproxy '' -x http://127.0.0.1:3128";

    private readonly string root = Directory.CreateTempSubdirectory("sa-reload-").FullName;
    private readonly Channel<string> arrived = Channel.CreateUnbounded<string>();
    private Origin origin = null!;

    private string PolicyFile => Path.Combine(root, "policy.yaml");

    [Fact]
    public async Task EditedFile_CutsWhatItNoLongerAllows_AndRefusesTheNext()
    {
        var run = await BeginAsync("edited");

        await WriteAsync("edited", "");

        var outcome = await run;
        Assert.Equal("403", outcome.Answer);
        Assert.Contains(AuditOf(outcome), line => line.Contains("\"session.policy_changed\"", StringComparison.Ordinal));
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task SessionPolicy_ChangesIt_OrSaysWhatNeedsANewSession()
    {
        var run = await BeginAsync("commanded");
        var other = Path.Combine(root, "other.yaml");
        var id = await IdOfAsync("commanded");

        await File.WriteAllTextAsync(other, Text("commanded", "    sandbox: { pids: 99 }"));
        var refused = await Product.CliAsync(["session", "policy", id, "--policy", other, "--data", shared.Server.Data]);
        await File.WriteAllTextAsync(other, Text("commanded", ""));
        var taken = await Product.CliAsync(["session", "policy", id, "--policy", other, "--data", shared.Server.Data]);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("sandbox: the limits of a running sandbox do not change", refused.Stderr, StringComparison.Ordinal);
        Assert.True(taken.ExitCode == 0, taken.ToString());
        Assert.Equal("403", (await run).Answer);
    }

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        origin.OnRequest = async context =>
        {
            await arrived.Writer.WriteAsync(context.Request.Path);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    /// <summary>An agent whose request is under way, and that asks once more when it is cut.</summary>
    private async Task<Task<Outcome>> BeginAsync(string profile)
    {
        await WriteAsync(profile, $"    egress: [{{ host: 127.0.0.1, ports: [{origin.HttpPort}], allowPrivate: true }}]");
        var url = $"http://127.0.0.1:{origin.HttpPort}/";
        var run = shared.Server.RunAsync(
            "--policy", PolicyFile, "--profile", profile, "--json", "--", "sh", "-c", $"{Proxied} {url} || {Proxied} -o /dev/null -w '%{{http_code}}' {url}");
        using var limit = new CancellationTokenSource(Product.Limit);
        await arrived.Reader.ReadAsync(limit.Token);
        return run;
    }

    /// <summary>An agent may be faster than its own entry in the list.</summary>
    private async Task<string> IdOfAsync(string profile)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < Product.Limit;)
        {
            var list = await Product.CliAsync(["session", "list", "--data", shared.Server.Data]);
            Assert.True(list.ExitCode == 0, list.ToString());
            if (list.Stdout.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(row => row.Contains(profile) && row.Contains("running")) is [var id, ..])
            {
                return id;
            }
        }

        throw new InvalidOperationException($"no session of profile {profile} is running");
    }

    private IEnumerable<string> AuditOf(Outcome outcome)
    {
        var session = outcome.Json.GetProperty("sessionId").GetString()!;
        return Directory.EnumerateFiles(Path.Combine(shared.Server.Data, "audit", "agent-runner"), "*.jsonl")
            .SelectMany(file => ReadShared(file).Split('\n')).Where(line => line.Contains(session, StringComparison.Ordinal));
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private Task WriteAsync(string profile, string section) => File.WriteAllTextAsync(PolicyFile, Text(profile, section));

    private static string Text(string profile, string section) => $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  {profile}:\n{(section.Length > 0 ? section : "    egress: []")}\n";
}
