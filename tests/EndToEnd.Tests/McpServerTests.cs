using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>MCP servers of a policy: real ones, each in a sandbox of its own, called by an agent in its own.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class McpServerTests(SharedServer shared) : IAsyncLifetime
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-mcp-");
    private readonly string name = $"mcp-{Path.GetRandomFileName().Replace('.', '-')}";
    private Origin origin = null!;

    private string Tools => Path.Combine(root.FullName, "tools");

    private string Policy => Path.Combine(root.FullName, "policy.yaml");

    private string Workspace => Path.Combine(root.FullName, "ws");

    public async ValueTask InitializeAsync()
    {
        origin = await Origin.StartAsync();
        root.UnixFileMode = (UnixFileMode)Convert.ToInt32("755", 8);
        Directory.CreateDirectory(Tools).UnixFileMode = root.UnixFileMode;
        Directory.CreateDirectory(Workspace);
        await File.WriteAllTextAsync(Path.Combine(Workspace, "plan.md"), "the plan");
        foreach (var file in Directory.GetFiles(Path.Combine(Product.Root, "artifacts", "bin", "McpServer", "debug")))
        {
            var copy = Path.Combine(Tools, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, (UnixFileMode)Convert.ToInt32("644", 8));
        }

        await File.WriteAllTextAsync(Policy, $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                sandbox: { pids: 512, tools: [{{Tools}}] }
                files: [{ root: "${workspace}", allow: ["**"] }]
                mcpServers:
                  my-docs:
                    command: [dotnet, {{Tools}}/SecureAgent.McpServer.dll]
                    sandbox: { pids: 512, tools: [{{Tools}}] }
                    egress: [{ host: 127.0.0.1, ports: [{{origin.HttpPort}}], allowPrivate: true }]
              decoys:
                sandbox: { pids: 512, tools: [{{Tools}}] }
                mcpServers:
                  my-docs:
                    command: [dotnet, {{Tools}}/SecureAgent.McpServer.dll]
                    sandbox: { pids: 512, tools: [{{Tools}}] }
                    files: [{ root: "${workspace}", allow: ["**"] }]
                    honeypots: [files]
              broken:
                mcpServers:
                  mute: { command: [dotnet, {{Tools}}/SecureAgent.McpServer.dll, silent], sandbox: { pids: 512, tools: [{{Tools}}] } }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await origin.DisposeAsync();
        root.Delete(recursive: true);
    }

    [Fact]
    public async Task Server_IsCalled_HasItsOwnGrantsAlone_AndIsLinkedToItsSessionOnRecord()
    {
        var look = $"curl -s http://127.0.0.1:8081/v1/files/plan.md; curl -s -o /dev/null -w '%{{http_code}}' http://127.0.0.1:{origin.HttpPort}/x --noproxy '' ; ls /run/secure-agent";
        var run = await RunAsync("default", $"""
            echo "$MCP_SERVER_MY_DOCS_URL"
            echo agent: $({look})
            {Call("add", """{"one":20,"other":22}""", "shell", JsonSerializer.Serialize(new { command = look }), "crash", "{}", "add", """{"one":1,"other":2}""")}
            """);

        Assert.True(run.ExitCode == 0, run.ToString());
        var lines = run.Answer.Split('\n');
        Assert.Equal("http://127.0.0.1:8090/mcp", lines[0]);
        Assert.Matches("^agent: the plan403.* mcp-my-docs.sock", lines[1]); // its files, not the server's host; the server's door
        Assert.Equal("tools: add crash flood shell", lines[2]);
        Assert.Equal("add: 42", lines[3]);
        var server = run.Answer[run.Answer.IndexOf("shell:", StringComparison.Ordinal)..run.Answer.IndexOf("crash!", StringComparison.Ordinal)];
        Assert.Contains("no_rule", server, StringComparison.Ordinal); // not the agent's files
        Assert.Contains("200", server, StringComparison.Ordinal);     // its own host
        Assert.DoesNotContain("mcp-", server, StringComparison.Ordinal);
        Assert.Contains("crash! MCP server 'my-docs' ", run.Answer, StringComparison.Ordinal);
        Assert.Contains("add! MCP server 'my-docs' has ended (exit code 9, exited) and is not started again in this session.", run.Answer, StringComparison.Ordinal);

        var parent = run.Json.GetProperty("sessionId").GetString()!;
        var records = Records();
        var own = Assert.Single(records, record => Fact(record, "parent") == parent);
        Assert.Equal(("session.started", "my-docs", "default/my-docs"), (own.GetProperty("kind").GetString(), Fact(own, "server"), Fact(own, "profile")));
        Assert.Equal(["", "add", "shell", "crash", "add"], records.Where(record => Session(record) == parent && record.GetProperty("kind").GetString() == "mcp.asked").Select(record => record.GetProperty("subject").GetString()));
        var uids = records.Where(record => record.GetProperty("kind").GetString() == "session.started" && (Session(record) == parent || Fact(record, "parent") == parent)).Select(record => Fact(record, "uid"));
        Assert.Equal(Environment.UserName == "root" ? 2 : 1, uids.Distinct().Count());
        Assert.Contains("MCP server my-docs was refused", run.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessageWithoutEnd_EndsTheServersStream_AndNothingElse()
    {
        var run = await RunAsync("default", Call("flood", "{}", "add", """{"one":1,"other":2}"""));

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("flood! MCP server 'my-docs' has ended (exit code 137, output_limit)", run.Answer, StringComparison.Ordinal);
        Assert.Contains("add! MCP server 'my-docs' has ended (exit code 137, output_limit)", run.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatSpeaksNoMcp_RefusesTheSession_ByName()
    {
        var run = await RunAsync("broken", "echo never");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("profile broken/mute: the MCP server does not answer as one (it ended with exit code 7)", run.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("never", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alarm_OfAServer_FreezesItsAgentToo()
    {
        var running = StartAsync("decoys", "bash", "-c", Call("shell", """{"command":"curl -s http://127.0.0.1:8081/v1/files/.aws/credentials"}""") + "; sleep 600");
        await StatesAsync("frozen", "frozen");

        await Product.CliAsync("session", "kill", name, "--data", shared.Server.Data);
        var run = await running;
        Assert.Contains("tools: add", run.Stdout, StringComparison.Ordinal);
        Assert.DoesNotContain("aws_", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_IsFrozenThawedAndEndedWithItsSession()
    {
        var running = StartAsync("default", "sleep", "600");
        await StatesAsync("running", "running");

        await Product.CliAsync("session", "freeze", name, "--data", shared.Server.Data);
        await StatesAsync("frozen", "frozen");
        await Product.CliAsync("session", "thaw", name, "--data", shared.Server.Data);
        await StatesAsync("running", "running");
        await Product.CliAsync("session", "kill", name, "--data", shared.Server.Data);
        await StatesAsync("ended", "ended");
        await running;
    }

    private Task<Outcome> StartAsync(string profile, params string[] command) =>
        shared.Server.RunAsync(["--policy", Policy, "--profile", profile, "--workspace", Workspace, "--name", name, "--", .. command]);

    /// <summary>Looks until the session and its server, which is listed after it, are in these states.</summary>
    private async Task StatesAsync(params string[] expected)
    {
        var began = TimeProvider.System.GetTimestamp();
        string[] found;
        do
        {
            var list = (await Product.CliAsync("session", "list", "--data", shared.Server.Data)).Stdout;
            var lines = list.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 2).ToList();
            var own = lines.FindIndex(fields => fields.Contains(name));
            var server = own < 0 ? null : lines.Skip(own + 1).FirstOrDefault(fields => fields[2].EndsWith("/my-docs", StringComparison.Ordinal));
            found = server is null ? [] : [lines[own][1], server[1]];
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Product.Limit, list);
        }
        while (!found.SequenceEqual(expected));
    }

    private string Call(params string[] calls) =>
        $"dotnet {Tools}/SecureAgent.McpServer.dll call $MCP_SERVER_MY_DOCS_URL {string.Join(' ', calls.Select(part => $"'{part.Replace("'", "'\\''", StringComparison.Ordinal)}'"))}";

    private Task<Outcome> RunAsync(string profile, string script) =>
        shared.Server.RunAsync("--policy", Policy, "--profile", profile, "--workspace", Workspace, "--json", "--", "bash", "-c", script);

    private List<JsonElement> Records() => [.. Directory.GetFiles(Path.Combine(shared.Server.Data, "audit", "agent-runner"), "*.jsonl").SelectMany(segment =>
    {
        using var stream = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
    })];

    private static string? Session(JsonElement record) => record.TryGetProperty("session", out var id) ? id.GetString() : null;

    private static string? Fact(JsonElement record, string name) =>
        record.TryGetProperty("facts", out var facts) && facts.TryGetProperty(name, out var value) ? value.ToString() : null;
}
