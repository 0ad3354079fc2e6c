using System.Net;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.FileGate.Tests.Redaction;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary><c>ask: [write]</c>: a change of what may be read and not be changed waits for the operator, who sees the difference.</summary>
public sealed class AskWriteTests
{
    private const string Read = "allow: ['a.txt', 'new', 'd/**', 'settings'], deny: ['private/**']";

    [Theory]
    [InlineData(AnswerVerdict.Once, null, "one\n2\n", true)]
    [InlineData(AnswerVerdict.Session, null, "one\n2\n", false)]
    [InlineData(AnswerVerdict.Deny, "denied_by_operator", "one\ntwo\n", false)]
    [InlineData(AnswerVerdict.Unspecified, "denied_by_operator", "one\ntwo\n", false)]
    public async Task Change_IsHeldUntilTheOperatorAnswers_AndIsTheOneThatWasShown(AnswerVerdict verdict, string? reason, string content, bool asksAgain)
    {
        await using var gate = await OpenAsync();
        var control = new GateControl.GateControlClient(gate.Component.Control);
        using var watch = control.Watch(new WatchRequest());

        var answer = PutAsync(gate, "a.txt", "one\n2\n");
        var question = await NextAsync(watch);
        Assert.Equal("one\ntwo\n", Host(gate, "a.txt"));
        Assert.DoesNotContain(gate.Records(), record => record.Kind == "decision");
        Assert.Equal(("s-test", "files", "a.txt", "access_not_granted"), (question.SessionId, question.Plane, question.Subject, question.Reason));
        Assert.StartsWith("files[0]", question.Rule, StringComparison.Ordinal);
        Assert.Equal("--- a.txt\n+++ a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n", question.Detail);
        await control.AnswerAsync(new AnswerRequest { SessionId = question.SessionId, QuestionId = question.Id, Verdict = verdict });

        Assert.Equal((reason, content), (ReasonOf(await answer), Host(gate, "a.txt")));
        Assert.Equal(["write.asked", "decision"], gate.Records().Select(record => record.Kind));
        Assert.Equal(("write", reason is null), (gate.Records()[^1].Facts["op"], gate.Records()[^1].IsAllowed));
        Assert.StartsWith("ask", gate.Records()[^1].Rule, StringComparison.Ordinal);

        var again = PutAsync(gate, "a.txt", "three\n");
        if (asksAgain)
        {
            var second = await NextAsync(watch);
            await control.AnswerAsync(new AnswerRequest { SessionId = second.SessionId, QuestionId = second.Id, Verdict = AnswerVerdict.Deny });
        }

        Assert.Equal(verdict == AnswerVerdict.Session ? null : "denied_by_operator", ReasonOf(await again));
    }

    [Fact]
    public async Task NoAnswerInTime_Denies()
    {
        await using var gate = await OpenAsync(settings: ("FileGate:AskTimeout", "00:00:00.1"));

        Assert.Equal("ask_timed_out", ReasonOf(await PutAsync(gate, "a.txt", "x")));
        Assert.Equal("ask_timed_out", ReasonOf(await gate.Http.DeleteAsync("/v1/files/a.txt").AsAnswer()));
        Assert.Equal("one\ntwo\n", Host(gate, "a.txt"));
    }

    /// <summary>Control: what the policy says by itself is asked of nobody.</summary>
    [Theory]
    [InlineData("", "a.txt", "access_not_granted")]
    [InlineData("ask: [egress]", "a.txt", "access_not_granted")]
    [InlineData("ask: [write]", "private/k", "denied_by_rule")]
    [InlineData("ask: [write]", "elsewhere", "no_rule")]
    [InlineData("ask: [write]", "d", "not_regular_file")]
    [InlineData("ask: [write]", "none/new", "no_rule")]
    public async Task WhatNoAnswerCouldOpen_IsRefusedAtOnce(string ask, string path, string reason)
    {
        await using var gate = await OpenAsync(ask);

        Assert.Equal(reason, ReasonOf(await PutAsync(gate, Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal), "x")));
        Assert.DoesNotContain(gate.Records(), record => record.Kind == "write.asked");
    }

    [Fact]
    public async Task FileThatChangedMeanwhile_IsAConflict_WhateverTheOperatorSaid()
    {
        await using var gate = await OpenAsync();
        var control = new GateControl.GateControlClient(gate.Component.Control);
        using var watch = control.Watch(new WatchRequest());

        var answer = PutAsync(gate, "a.txt", "agent");
        var question = await NextAsync(watch);
        gate.Write("a.txt", "the host's own edit");
        await control.AnswerAsync(new AnswerRequest { SessionId = question.SessionId, QuestionId = question.Id, Verdict = AnswerVerdict.Once });

        Assert.Equal("change_conflict", ReasonOf(await answer));
        Assert.Equal("the host's own edit", Host(gate, "a.txt"));
    }

    [Fact]
    public async Task AgentThatLeaves_TakesItsQuestionWithIt()
    {
        await using var gate = await OpenAsync();
        using var watch = new GateControl.GateControlClient(gate.Component.Control).Watch(new WatchRequest());
        using var leaves = new CancellationTokenSource();

        var answer = gate.Http.PutAsync("/v1/files/a.txt", new StringContent("x"), leaves.Token);
        var question = await NextAsync(watch);
        await leaves.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(question.Id, watch.ResponseStream.Current.Settled.Id);
        Assert.Equal("one\ntwo\n", Host(gate, "a.txt"));
    }

    [Fact]
    public async Task EveryTool_IsHeld_AndTheDifferenceIsMasked()
    {
        var (text, secrets) = RedactionCorpus.Fill("x = 1\nDB_PASSWORD={24:base62}\n", 1);
        await using var gate = await OpenAsync(fill: scenario => scenario.Write("settings", text));
        var control = new GateControl.GateControlClient(gate.Component.Control);
        using var watch = control.Watch(new WatchRequest());
        var answered = new HashSet<string>(StringComparer.Ordinal);
        var http = new HttpClient(UnixSockets.Handler(gate.Session.SocketPath));
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = new Uri("http://session/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http, ownsHttpClient: true));

        var edit = await ApprovedAsync("edit_file", new() { ["path"] = "settings", ["edits"] = new[] { new { oldText = "x = 1", newText = "x = 2" } } });
        var move = await ApprovedAsync("move_file", new() { ["source"] = "a.txt", ["destination"] = "d/a.txt" });
        var directory = await ApprovedAsync("create_directory", new() { ["path"] = "d/e" });
        var create = await ApprovedAsync("write_file", new() { ["path"] = "new", ["content"] = "n\n" });

        Assert.Contains("-x = 1\n+x = 2\n", edit, StringComparison.Ordinal);
        Assert.DoesNotContain(text.Substring(secrets[0].Start, secrets[0].Length), edit, StringComparison.Ordinal);
        Assert.Equal("rename from a.txt\nrename to d/a.txt\n", move);
        Assert.Equal("new directory d/e\n", directory);
        Assert.Equal("--- new\n+++ new\n@@ -0,0 +1,1 @@\n+n\n", create);
        Assert.Equal(text.Replace("x = 1", "x = 2", StringComparison.Ordinal), Host(gate, "settings"));
        Assert.Equal(("one\ntwo\n", "n\n"), (Host(gate, "d/a.txt"), Host(gate, "new")));
        Assert.True(Directory.Exists(Path.Combine(gate.Workspace, "d/e")));
        Assert.False(File.Exists(Path.Combine(gate.Workspace, "a.txt")));

        // Whoever begins to watch while it is asked is told of a question twice.
        async Task<string> ApprovedAsync(string tool, Dictionary<string, object?> arguments)
        {
            var call = client.CallToolAsync(tool, arguments).AsTask();
            var question = await NextAsync(watch);
            while (!answered.Add(question.Id))
            {
                question = await NextAsync(watch);
            }

            await control.AnswerAsync(new AnswerRequest { SessionId = question.SessionId, QuestionId = question.Id, Verdict = AnswerVerdict.Once });
            var result = await call;
            Assert.True(result.IsError != true, string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)));
            return question.Detail;
        }
    }

    private static Task<GateScenario> OpenAsync(string ask = "ask: [write]", Action<GateScenario>? fill = null, params (string Key, string Value)[] settings) => GateScenario.OpenAsync(
        GateScenario.Policy(Read, ask.Length == 0 ? "" : $"    {ask}\n"),
        scenario =>
        {
            scenario.Write("a.txt", "one\ntwo\n");
            scenario.Write("d/f", "f");
            scenario.Write("private/k", "k");
            fill?.Invoke(scenario);
        },
        settings);

    private static Task<(HttpStatusCode Status, string Text)> PutAsync(GateScenario gate, string path, string text) =>
        gate.Http.PutAsync($"/v1/files/{path}", new ByteArrayContent(Encoding.UTF8.GetBytes(text))).AsAnswer();

    private static string? ReasonOf((HttpStatusCode Status, string Text) answer) => (int)answer.Status < 300 ? null
        : JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetProperty("reason").GetString();

    private static string Host(GateScenario gate, string path) => File.ReadAllText(Path.Combine(gate.Workspace, path));

    private static async Task<Question> NextAsync(AsyncServerStreamingCall<GateEvent> watch)
    {
        while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            if (watch.ResponseStream.Current.Question is { } question)
            {
                return question;
            }
        }

        throw new InvalidOperationException("the gate asks nothing");
    }
}

internal static class AnswerExtensions
{
    public static async Task<(HttpStatusCode Status, string Text)> AsAnswer(this Task<HttpResponseMessage> request)
    {
        using var response = await request;
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
