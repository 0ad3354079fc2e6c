using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>What a new user does first.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class MainJobTests(SharedServer shared)
{
    [Fact]
    public async Task Task_OnTheSampleNotes_IsAnsweredFromTheFiles()
    {
        var outcome = await shared.Server.RunAsync("Summarise the notes in this folder", "--workspace", Product.Notes, "--json");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        var json = outcome.Json;
        Assert.True(json.GetProperty("files").GetProperty("read").GetInt64() >= 3, outcome.ToString());
        Assert.True(json.GetProperty("files").GetProperty("bytes").GetInt64() > 0);
        Assert.True(json.GetProperty("inference").GetProperty("requests").GetInt64() >= 2);
        Assert.True(json.GetProperty("inference").GetProperty("tokens").GetInt64() > 0);
        Assert.True(json.GetProperty("audit").GetProperty("verified").GetBoolean());
        Assert.Matches(@"\w+\.md:\d+", outcome.Answer);
    }

    [Fact]
    public async Task Json_HasTheDocumentedFields()
    {
        var outcome = await shared.Server.RunAsync("--workspace", Product.Notes, "--json", "--", "echo", "hello");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("hello\n", outcome.Answer);
        foreach (var path in new[]
        {
            "sessionId", "exitCode", "answer", "durationMs", "files.read", "files.bytes", "files.denied", "egress.allowed", "egress.denied",
            "secrets.leases", "secrets.denied", "inference.requests", "inference.tokens", "audit.records", "audit.verified",
        })
        {
            Assert.NotEqual(JsonValueKind.Undefined, path.Split('.').Aggregate(outcome.Json, (element, name) => element.GetProperty(name)).ValueKind);
        }
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 143)]
    public async Task ExitCode_IsTheAgents(string script, int expected)
    {
        Assert.Equal(expected, (await shared.Server.RunAsync("--", "sh", "-c", script)).ExitCode);
    }

    [Fact]
    public async Task Stdin_ReachesTheAgent()
    {
        var outcome = await Product.RunAsync("dotnet", [Product.Cli, "run", "--data", shared.Server.Data, "--", "cat"], stdin: "from the operator");

        Assert.Equal("from the operator", outcome.Stdout);
    }

    [Fact]
    public async Task Denial_IsShownWithItsReasonAndTheLinesThatWouldAllowIt()
    {
        var outcome = await shared.Server.RunAsync(
            "--workspace", Product.Notes, "--", "curl", "-s", "-o", "/dev/null", "http://example.test:8080/");

        Assert.Contains("denied", outcome.Stderr, StringComparison.Ordinal);
        Assert.Contains("example.test:8080", outcome.Stderr, StringComparison.Ordinal);
        Assert.Contains("no_rule", outcome.Stderr, StringComparison.Ordinal);
        Assert.Contains("{host: \"example.test\", ports: [8080]}", outcome.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SavePolicy_WritesADraftThatParses()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sa-draft-").FullName, "draft.yaml");
        await shared.Server.RunAsync(
            "--workspace", Product.Notes, "--save-policy", file, "--", "curl", "-s", "-o", "/dev/null", "http://example.test:8080/");

        Assert.Contains("example.test", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var check = await Product.CliAsync("policy", "check", file);
        Assert.True(check.ExitCode == 0, check.ToString());
    }

    [Fact]
    public async Task SessionList_ShowsEndedSessionsAndNothingIsLeftOfThem()
    {
        var id = (await shared.Server.RunAsync("--json", "--", "true")).Json.GetProperty("sessionId").GetString()!;

        Assert.Contains(id, (await Product.CliAsync("session", "list", "--data", shared.Server.Data)).Stdout, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(shared.Server.RunDirectory, "sessions", id)));
        var json = (await Product.CliAsync("session", "list", "--json", "--data", shared.Server.Data)).Json;
        var listed = json.GetProperty("sessions").EnumerateArray().Single(session => session.GetProperty("id").GetString() == id);
        Assert.Equal(("ended", 0), (listed.GetProperty("state").GetString(), listed.GetProperty("exitCode").GetInt32()));
    }
}
