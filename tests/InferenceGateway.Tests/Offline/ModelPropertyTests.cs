using System.Text.Json;
using CsCheck;
using SecureAgent.InferenceGateway.Offline;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Tests.Offline;

/// <summary>Whatever the chat holds: no exception, the same turn twice, and an end.</summary>
public sealed class ModelPropertyTests
{
    private static readonly string[] Fragments =
    [
        "Summarise the notes", "When is it?", "how much", "who", "why", "list the files", "read .env", "a/b.md", "../../etc/passwd", "", " ", "\n", "\r\n", "# Head", "- item", "| a | b |",
        "|---|", "```", "moves from 12 September to 13 September", "instead of 21 August", "99. September", "31 Feb", "٣ May", "€1,000", "$", "1.", "e.g. x", "\0", "\ud800", "🦊", "{\"entries\":[",
        "{\"entries\":[{\"path\":\"a.md\",\"kind\":\"file\",\"size\":1}]}", "{\"error\":{\"reason\":\"denied_by_rule\"}}", "{\"error\":7}", "a.md (12 bytes)", "sub/", "[DIR] x", "x.md:3: hit",
        "99999999999999999999 bytes", "{\"path\":\"a.md\"}", "{\"path\":7}", "[]", "null",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(
        Pick(Fragments), Pick(Fragments).Array[0, 8].Select(parts => string.Join('\n', parts)), Gen.String[0, 60]);

    private static readonly Gen<ToolCall> Call = Gen.Select(
        Pick("c1", "c2", ""), Pick("list_files", "read_file", "search_files", "bash", ""), Text, (id, name, arguments) => new ToolCall(id, name, arguments));

    private static readonly Gen<ChatMessage> Message = Gen.Select(
        Gen.Enum<ChatRole>(), Text, Call.Array[0, 3], Pick("c1", "c2", (string?)null),
        (role, text, calls, id) => new ChatMessage(role, text, role == ChatRole.Assistant ? calls : [], id));

    private static readonly Gen<ToolDefinition> Tool = Gen.Select(
        Pick("list_files", "read_file", "search_files", "readFile", "write_file", "x", "get_weather"),
        Pick("{}", "null", "7", """{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}""", """{"properties":{"query":{},"n":{"type":"integer"}},"required":["query","n",7]}""", """{"properties":7,"required":"path"}"""),
        (name, schema) => new ToolDefinition(name, "", JsonElement.Parse(schema)));

    private static readonly Gen<ChatRequest> Request = Gen.Select(
        Message.Array[0, 10], Tool.Array[0, 4], Pick(ToolChoice.Auto, new(ToolChoiceMode.None), new(ToolChoiceMode.Required), new(ToolChoiceMode.Required, "x")), Gen.Bool,
        (messages, tools, choice, parallel) => new ChatRequest(OfflineModel.Id, messages, default) { Tools = tools, ToolChoice = choice, ParallelToolCalls = parallel });

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void AnyChat_GivesTheSameTurnTwiceAndNeverThrows() => Request.Sample(
        request =>
        {
            var (once, twice) = (OfflineModel.Next(request), OfflineModel.Next(request));
            Assert.Equal(once.Calls, twice.Calls);
            Assert.Equal(once.Lines.ToList(), twice.Lines.ToList());
            Assert.True(once.Calls.Count > 0 || once.Lines.Any());
            Assert.Equal(once.Calls.Count, once.Calls.Select(call => call.Id).Distinct().Count());
        },
        iter: 3_000);

    [Fact]
    public void AnyToolAnswers_EndInAnAnswer() => Gen.Select(Text, Text.Array[1, 6]).Sample(
        (task, answers) =>
        {
            var chat = new List<ChatMessage> { FolderChat.User(task) };
            for (var turn = 0; ; turn++)
            {
                Assert.True(turn < 70, "no answer after 70 turns");
                var next = OfflineModel.Next(FolderChat.Request([.. chat]));
                if (next.Calls.Count == 0)
                {
                    return;
                }

                chat.Add(new ChatMessage(ChatRole.Assistant, "", next.Calls));
                chat.AddRange(next.Calls.Select((call, i) => new ChatMessage(ChatRole.Tool, answers[(turn + i) % answers.Length], [], call.Id)));
            }
        },
        iter: 300);

    [Fact]
    public void HugeInput_IsAnsweredInBoundedTime()
    {
        var sentence = string.Concat(Enumerable.Repeat("Moves from 12 September instead of 1,1,1,1,1 EUR because 9 to 10. ", 40));
        var file = string.Join("\n", Enumerable.Repeat(sentence, 1_500));
        var call = new ToolCall("c", "read_file", """{"path":"big.md"}""");
        ChatMessage[] chat = [FolderChat.User("When does it move?"), new(ChatRole.Assistant, "", [call]), new(ChatRole.Tool, file, [], "c")];
        var started = TimeProvider.System.GetTimestamp();

        _ = OfflineModel.Next(FolderChat.Request(chat, tools: [])).Lines.ToList();

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 10);
    }
}
