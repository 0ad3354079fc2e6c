using System.Net;
using System.Net.Sockets;
using SecureAgent.DesktopAgent.Run;

namespace SecureAgent.DesktopAgent.Tests;

/// <summary>No answer: exit code 1 and one line that says why.</summary>
public sealed class FailureTests
{
    private const string Budget = """{"error":{"message":"The session's token budget is used up.","type":"insufficient_quota","code":"token_budget_exceeded"}}""";

    [Fact]
    public async Task Model_NotThere_IsSaidInOneLine()
    {
        await using var gate = await FakeFileGate.StartAsync();

        await FailsAsync(gate.Url, Closed() + "/v1", "the model at http://127.0.0.1:", "cannot be reached");
    }

    [Fact]
    public async Task Gate_NotThere_IsSaidInOneLine()
    {
        await using var model = await FakeModel.StartAsync();

        await FailsAsync(Closed(), model.Url, "the file gate at http://127.0.0.1:", "cannot be reached");
        Assert.Empty(model.Requests);
    }

    [Fact]
    public async Task Gate_GoneInTheMiddle_EndsTheTask()
    {
        var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Then(async context =>
        {
            await gate.DisposeAsync();
            await FakeModel.SendAsync(context, FakeModel.Chunk(System.Text.Json.Nodes.JsonNode.Parse(
                """{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"list_files","arguments":"{}"}}]}""")!.AsObject(), "tool_calls"));
            await FakeModel.SendAsync(context, "[DONE]");
        });

        await FailsAsync(gate.Url, model.Url, "the file gate at", "cannot be reached");
    }

    [Theory]
    [InlineData("""{"object":"list","data":[]}""", 200, "may call no model")]
    [InlineData("<html>", 200, "not an OpenAI-compatible server")]
    [InlineData("{}", 200, "not an OpenAI-compatible server")]
    [InlineData("""{"error":{"message":"The audit log cannot be written.","code":"audit_unavailable"}}""", 503, "503 audit_unavailable")]
    [InlineData("<html>", 500, "the model answered 500")]
    public async Task Models_ListIsUnusable_IsSaid(string body, int status, string said)
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = await FakeModel.StartAsync();
        (model.Models, model.ModelsStatus) = (body, status);

        await FailsAsync(gate.Url, model.Url, said);
    }

    [Fact]
    public async Task Budget_UsedUp_IsSaidAndNotRetried()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Fails(429, Budget, "false").Says("never");

        await FailsAsync(gate.Url, model.Url, "429 token_budget_exceeded", "budget is used up");
        Assert.Single(model.Requests);
    }

    [Fact]
    public async Task RateLimit_ThatMayBeRetried_IsRetried()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Fails(429, """{"error":{"message":"slow down"}}""", "true").Says("there");

        Assert.Equal("there", (await Agent.RunAsync(gate.Url, model.Url)).Output.Trim());
        Assert.Equal(2, model.Requests.Count);
    }

    [Fact]
    public async Task Model_SaysNothing_IsNoAnswer()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Says(" ");

        await FailsAsync(gate.Url, model.Url, "the model gave no answer");
    }

    [Fact]
    public async Task Stream_BreaksOff_IsNoAnswer()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Then(async context =>
        {
            await FakeModel.SendAsync(context, FakeModel.Chunk(new System.Text.Json.Nodes.JsonObject { ["content"] = "half" }, null));
            await FakeModel.SendAsync(context, """{"error":{"message":"The model server broke its answer off.","code":"upstream_unreachable"}}""");
        });

        await FailsAsync(gate.Url, model.Url, "the model's answer broke off");
    }

    [Fact]
    public async Task UnknownTool_IsTheModelsToMend()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Calls(("run_shell", """{"command":"id"}""")).Says("sorry");

        Assert.Equal(0, (await Agent.RunAsync(gate.Url, model.Url)).ExitCode);
        Assert.Contains("not found", Assert.Single(model.ToolResults()), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Environment_Missing_SaysItRunsInASandbox()
    {
        var outcome = await Agent.RunAsync(null, null);

        Assert.Equal(Entry.NoAnswer, outcome.ExitCode);
        Assert.Contains("FILE_GATE_URL is not set", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_Missing_IsUsage() => Assert.Equal(Entry.Usage, (await Agent.RunAsync(null, null, task: "")).ExitCode);

    private static async Task FailsAsync(string gate, string model, params string[] said)
    {
        var outcome = await Agent.RunAsync(gate, model);

        Assert.Equal(Entry.NoAnswer, outcome.ExitCode);
        var lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("desktop-agent: model ", StringComparison.Ordinal) && !line.Contains(": list_files", StringComparison.Ordinal));
        var line = Assert.Single(lines);
        Assert.All(said, text => Assert.Contains(text, line, StringComparison.Ordinal));
    }

    private static string Closed()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
    }
}
