using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.Dialects.Messages;
using SecureAgent.InferenceGateway.Dialects.Responses;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Tests.Dialects;

/// <summary>Whatever chunks a server sends: items open and close in turn, nothing said is lost, or the answer is broken off.</summary>
public sealed class AnyStreamTests
{
    private static readonly string[] Chunks =
    [
        """{}""", """{"choices":[]}""", """{"choices":[{"delta":{}}]}""", """{"choices":[{"delta":{"content":"a"}}]}""", """{"choices":[{"delta":{"content":""}}]}""", """{"choices":[{"delta":{"content":"b","tool_calls":[]}}]}""",
        """{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}}]}""", """{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}""",
        """{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"{\"a\""}}]}}]}""", """{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":":1}"}}]}}]}""",
        """{"choices":[{"delta":{"content":"c"},"finish_reason":"stop"}]}""", """{"choices":[{"delta":7,"finish_reason":7}]}""", """{"choices":[7]}""", """{"choices":[{"delta":{"tool_calls":[7]}}]}""",
    ];

    [Fact]
    public void Messages_BlocksOpenAndCloseInTurn() => Check(new MessagesDialect(), events =>
    {
        var open = -1;
        var next = 0;
        var text = new StringBuilder();
        foreach (var item in events)
        {
            switch (item["type"]!.ToString())
            {
                case "content_block_start":
                    Assert.Equal(-1, open);
                    open = item["index"]!.GetValue<int>();
                    Assert.Equal(next++, open);
                    break;
                case "content_block_delta":
                    Assert.Equal(open, item["index"]!.GetValue<int>());
                    text.Append(item["delta"]!["text"]);
                    break;
                case "content_block_stop":
                    Assert.Equal(open, item["index"]!.GetValue<int>());
                    open = -1;
                    break;
            }
        }

        Assert.Equal(-1, open);
        return text.ToString();
    });

    [Fact]
    public void Responses_EveryItemAddedIsDone_AndStandsInTheEnd() => Check(new ResponsesDialect(TimeProvider.System), events =>
    {
        IEnumerable<string> Ids(string type) => events.Where(item => item["type"]!.ToString() == type).Select(item => item["item"]!["id"]!.ToString());
        Assert.Equal(Ids("response.output_item.added"), Ids("response.output_item.done"));
        Assert.Equal(Ids("response.output_item.done"), events[^1]["response"]!["output"]!.AsArray().Select(item => item!["id"]!.ToString()));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(item => item["sequence_number"]!.GetValue<int>()));
        return string.Concat(events.Where(item => item["type"]!.ToString() == "response.output_text.done").Select(item => item["text"]!.ToString()));
    });

    /// <param name="textOf">Judges the events of an answer that came to its end, and gives the text in them.</param>
    private static void Check(IDialect dialect, Func<List<JsonNode>, string> textOf)
    {
        var (whole, broken) = (0, 0);
        Gen.Int[0, Chunks.Length - 1].Array[0, 8].Sample(
            picks =>
            {
                var events = dialect.Events(new ChatRequest("m", [], default), 1);
                var seen = new List<ServerEvent>(events.Begin());
                try
                {
                    foreach (var pick in picks)
                    {
                        seen.AddRange(events.Of(new StreamChunk(Encoding.UTF8.GetBytes(Chunks[pick]), 0)));
                    }
                }
                catch (BackendFailedException)
                {
                    Interlocked.Increment(ref broken);
                    return;
                }

                seen.AddRange(events.End(new Usage(1, 1, IsReported: false)));
                var text = textOf([.. seen.Select(item => JsonNode.Parse(item.Data.Span)!)]);
                Assert.Equal(string.Concat(picks.Select(pick => ChatChunk.Read(Encoding.UTF8.GetBytes(Chunks[pick])).Text)), text);
                Interlocked.Increment(ref whole);
            },
            iter: 3_000);
        Assert.True(whole > 100 && broken > 100, $"{whole} whole, {broken} broken");
    }
}
