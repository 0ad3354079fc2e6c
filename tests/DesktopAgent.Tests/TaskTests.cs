using System.Text;
using System.Text.Json.Nodes;

namespace SecureAgent.DesktopAgent.Tests;

/// <summary>Tasks from question to answer, over real HTTP.</summary>
public sealed class TaskTests
{
    [Fact]
    public async Task Task_ModelUsesTools_AnswersFromTheirResults()
    {
        await using var gate = await FakeFileGate.StartAsync(("plan.md", "The day is 26 September."), ("sub/b.txt", "x"), ("sub/.env", "KEY=1"));
        await using var model = (await FakeModel.StartAsync())
            .Calls(("list_files", """{"path":"."}"""))
            .Calls(("list_files", """{"path":"sub/"}"""), ("read_file", """{"path":"./plan.md"}"""), ("read_file", """{"path":"sub/.env"}"""))
            .Says("26 ", "September");

        var outcome = await Agent.RunAsync(gate.Url, model.Url);

        Assert.Equal((0, "26 September" + Environment.NewLine), (outcome.ExitCode, outcome.Output));
        Assert.Equal(["plan.md (24 bytes)\nsub/", "sub/b.txt (1 bytes)", "The day is 26 September.", FakeFileGate.Denied], model.ToolResults());
        Assert.Contains("desktop-agent: read_file sub/.env: refused", outcome.Error, StringComparison.Ordinal);
        Assert.All(model.Requests, request => Assert.Equal("tiny", request["model"]!.ToString()));
        Assert.All(model.Authorizations, header => Assert.Equal("Bearer none", header));
    }

    [Fact]
    public async Task Task_ModelIsConfigured_IsUsed()
    {
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Says("yes");

        await Agent.RunAsync(gate.Url, model.Url, chosen: "huge");

        Assert.Equal("huge", Assert.Single(model.Requests)["model"]!.ToString());
    }

    [Fact]
    public async Task Answer_IsWrittenAsItComes()
    {
        var seenFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gate = await FakeFileGate.StartAsync();
        await using var model = (await FakeModel.StartAsync()).Then(async context =>
        {
            await FakeModel.SendAsync(context, FakeModel.Chunk(new JsonObject { ["content"] = "first" }, null));
            await seenFirst.Task;
            await FakeModel.SendAsync(context, FakeModel.Chunk(new JsonObject { ["content"] = " last" }, "stop"));
            await FakeModel.SendAsync(context, "[DONE]");
        });
        using var output = new SignallingWriter(text => text == "first", seenFirst);

        // The model sends the rest only once the first piece is on stdout: an agent that waits for the whole answer never gets it.
        var outcome = await Agent.RunAsync(gate.Url, model.Url, output: output);

        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("first last", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"query":"SEPTEMBER"}""", "a.md:2: in September\nsub/b.md:1: September")]
    [InlineData("""{"query":"september","path":"sub"}""", "sub/b.md:1: September")]
    [InlineData("""{"query":"nowhere"}""", "(nothing found in 3 files)")]
    [InlineData("{}", """{"error":{"reason":"request_malformed","message":"give the text to find as 'query'"}}""")]
    public async Task Search_FindsLinesBelowTheFolder(string arguments, string expected)
    {
        await using var gate = await FakeFileGate.StartAsync(("a.md", "one\n in September\n"), ("sub/b.md", "September"), ("sub/.env", "September=1"));
        gate.Add("sub/c.bin", [0, 83]);
        await using var model = (await FakeModel.StartAsync()).Calls(("search_files", arguments)).Says("ok");

        await Agent.RunAsync(gate.Url, model.Url);

        Assert.Equal([expected], model.ToolResults());
    }

    [Fact]
    public async Task Read_LargeFile_SaysWhereToGoOn()
    {
        await using var gate = await FakeFileGate.StartAsync(("big.txt", new string('a', 200_000)), ("empty.txt", ""));
        gate.Add("blob", [1, 0, 2]);
        await using var model = (await FakeModel.StartAsync())
            .Calls(("read_file", """{"path":"big.txt"}"""), ("read_file", """{"path":"big.txt","offset":131072}"""), ("read_file", """{"path":"empty.txt"}"""), ("read_file", """{"path":"blob"}"""))
            .Says("ok");

        await Agent.RunAsync(gate.Url, model.Url);

        var results = model.ToolResults();
        Assert.EndsWith("[68928 bytes follow: read_file with offset 131072]", results[0], StringComparison.Ordinal);
        Assert.Equal(68_928, results[1].Length);
        Assert.Equal("", results[2]);
        Assert.Contains("not_text", results[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_SeveralPages_IsWhole()
    {
        await using var gate = await FakeFileGate.StartAsync([.. Enumerable.Range(0, 25).Select(i => ($"f{i:00}", "x"))]);
        gate.PageSize = 10;
        await using var model = (await FakeModel.StartAsync()).Calls(("list_files", "{}")).Says("ok");

        await Agent.RunAsync(gate.Url, model.Url);

        Assert.Equal(25, Assert.Single(model.ToolResults()).Split('\n').Length);
    }

    private sealed class SignallingWriter(Func<string, bool> isIt, TaskCompletionSource seen) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override Task FlushAsync()
        {
            if (isIt(ToString()))
            {
                seen.TrySetResult();
            }

            return Task.CompletedTask;
        }
    }
}
