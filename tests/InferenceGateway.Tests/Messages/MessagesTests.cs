using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests.Messages;

/// <summary>Anthropic's format on the wire, before the built-in model and before a server with chat completions.</summary>
public sealed class MessagesTests
{
    internal const string Route = "v1/messages";

    internal static string Body(string more = "", string model = "offline-extractive") =>
        $$"""{"model":"{{model}}","max_tokens":500,"messages":[{"role":"user","content":"hello"}]{{more}}}""";

    [Fact]
    public async Task Whole_Answer_HasItsShape_AndTheSameRecordsAsAChat()
    {
        await using var gateway = await Gateway.StartAsync();

        var answer = (await (await gateway.PostAsync(Body(), Route)).Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal(("message", "assistant", "offline-extractive", "end_turn"),
            (answer["type"]!.ToString(), answer["role"]!.ToString(), answer["model"]!.ToString(), answer["stop_reason"]!.ToString()));
        Assert.Equal("text", Assert.Single(answer["content"]!.AsArray())!["type"]!.ToString());
        Assert.StartsWith("[offline-extractive: this model only quotes", answer["content"]![0]!["text"]!.ToString(), StringComparison.Ordinal);
        var decision = Assert.Single(gateway.Decisions());
        Assert.Equal((true, "messages", "offline-extractive"), (decision.IsAllowed, decision.Facts["api"], decision.Subject));
        var receipt = Assert.Single(gateway.Receipts());
        Assert.Equal(answer["usage"]!["input_tokens"]!.GetValue<long>(), receipt.Number("tokensIn"));
        Assert.Equal(answer["usage"]!["output_tokens"]!.GetValue<long>(), receipt.Number("tokensOut"));
    }

    [Fact]
    public async Task Streamed_Answer_IsOneTextBlockBetweenStartAndStop()
    {
        await using var gateway = await Gateway.StartAsync();

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(Body(",\"stream\":true"), Route));

        Assert.Equal(["message_start", "ping", "content_block_start"], events.Types().Take(3));
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], events.Types().TakeLast(3));
        var deltas = events[3..^3];
        Assert.True(deltas.Count >= 2);
        Assert.All(deltas, delta => Assert.Equal("text_delta", delta["delta"]!["type"]!.ToString()));
        Assert.Equal("end_turn", events[^2]["delta"]!["stop_reason"]!.ToString());
        Assert.Equal(Assert.Single(gateway.Receipts()).Number("tokensOut"), events[^2]["usage"]!["output_tokens"]!.GetValue<long>());
    }

    [Fact]
    public async Task TokenLimit_EndsTheAnswer_AndSaysSo()
    {
        await using var gateway = await Gateway.StartAsync();

        var answer = await (await gateway.PostAsync(Body().Replace("500", "20", StringComparison.Ordinal), Route)).Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal("max_tokens", answer!["stop_reason"]!.ToString());
        Assert.InRange(answer["usage"]!["output_tokens"]!.GetValue<long>(), 1, 20);
    }

    [Fact]
    public async Task Upstream_GetsAChatCompletion_WithEveryPartInItsPlace()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        const string Sent = """
            {"model":"tiny","max_tokens":50,"temperature":0.5,"top_k":3,"stop_sequences":["END"],"metadata":{"user_id":"u"},"thinking":{"type":"enabled","budget_tokens":1024},
             "system":[{"type":"text","text":"be","cache_control":{"type":"ephemeral"}},{"type":"text","text":"brief"}],
             "tools":[{"name":"read","description":"reads","input_schema":{"type":"object"}},{"type":"custom","name":"look","input_schema":{"type":"object"}}],
             "tool_choice":{"type":"tool","name":"read","disable_parallel_tool_use":true},
             "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}},
             "messages":[
              {"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
              {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"I look"},{"type":"tool_use","id":"t1","name":"read","input":{"path":"a"}},{"type":"tool_use","id":"t2","name":"look","input":{}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"text"},
                {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"bad"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
                {"type":"text","text":"go on"}]},
              {"role":"system","content":"still brief"}]}
            """;
        const string Wanted = """
            {"model":"tiny","max_completion_tokens":50,"temperature":0.5,"stop":["END"],
             "messages":[
              {"role":"system","content":"be\nbrief"},
              {"role":"user","content":"one\ntwo"},
              {"role":"assistant","content":"I look","tool_calls":[{"id":"t1","type":"function","function":{"name":"read","arguments":"{\u0022path\u0022:\u0022a\u0022}"}},{"id":"t2","type":"function","function":{"name":"look","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"t1","content":"text"},
              {"role":"tool","tool_call_id":"t2","content":"Error: bad"},
              {"role":"user","content":[{"type":"text","text":"go on"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
              {"role":"system","content":"still brief"}],
             "tools":[{"type":"function","function":{"name":"read","description":"reads","parameters":{"type":"object"}}},{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],
             "tool_choice":{"type":"function","function":{"name":"read"}},"parallel_tool_calls":false,
             "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}}}
            """;

        var response = await gateway.PostAsync(Sent, Route);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var got = JsonNode.Parse(Assert.Single(upstream.Requests).Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Wanted), got), got!.ToJsonString());
    }

    [Fact]
    public async Task Upstream_CallsInPieces_BecomeToolUseBlocks_InTheirOrder()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(
            FakeUpstream.Delta("I look"), FakeUpstream.Call(0, "t1", "read", ""), FakeUpstream.Call(0, null, null, "{\\\"path\\\":"), FakeUpstream.Call(0, null, null, "\\\"a\\\"}"), FakeUpstream.Call(1, "t2", "look", ""),
            """{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""", """{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}""", "[DONE]");
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(Body(",\"stream\":true", "tiny"), Route));

        var blocks = events.Where(item => item["index"] is not null).Select(item => (item["index"]!.GetValue<int>(), item["type"]!.ToString(), Said(item)));
        Assert.Equal(
            [
                (0, "content_block_start", "text"), (0, "content_block_delta", "I look"), (0, "content_block_stop", ""),
                (1, "content_block_start", "read t1"), (1, "content_block_delta", "{\"path\":"), (1, "content_block_delta", "\"a\"}"), (1, "content_block_stop", ""),
                (2, "content_block_start", "look t2"), (2, "content_block_delta", "{}"), (2, "content_block_stop", ""),
            ], blocks);
        Assert.Equal(("tool_use", 5, 2), (events[^2]["delta"]!["stop_reason"]!.ToString(), events[^2]["usage"]!["input_tokens"]!.GetValue<int>(), events[^2]["usage"]!["output_tokens"]!.GetValue<int>()));
        Assert.Equal((5, 2), (Assert.Single(gateway.Receipts()).Number("tokensIn"), gateway.Receipts()[0].Number("tokensOut")));
    }

    private static string Said(JsonNode item) =>
        item["content_block"] is { } block ? block["type"]!.ToString() == "text" ? "text" : $"{block["name"]} {block["id"]}"
        : item["delta"] is { } delta ? (delta["text"] ?? delta["partial_json"])!.ToString() : "";
}
