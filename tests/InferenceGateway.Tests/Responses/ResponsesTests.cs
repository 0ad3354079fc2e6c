using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests.Responses;

/// <summary>OpenAI's responses on the wire, before the built-in model and before a server with chat completions.</summary>
public sealed class ResponsesTests
{
    internal const string Route = "v1/responses";

    internal static string Body(string more = "", string model = "offline-extractive") => $$"""{"model":"{{model}}","input":"hello"{{more}}}""";

    [Fact]
    public async Task Whole_Answer_HasItsShape_AndTheSameRecordsAsAChat()
    {
        await using var gateway = await Gateway.StartAsync();

        var answer = (await (await gateway.PostAsync(Body(), Route)).Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal(("response", "completed", "offline-extractive", false),
            (answer["object"]!.ToString(), answer["status"]!.ToString(), answer["model"]!.ToString(), answer["store"]!.GetValue<bool>()));
        var item = Assert.Single(answer["output"]!.AsArray())!;
        Assert.Equal(("message", "assistant", "output_text"), (item["type"]!.ToString(), item["role"]!.ToString(), item["content"]![0]!["type"]!.ToString()));
        Assert.StartsWith("[offline-extractive: this model only quotes", item["content"]![0]!["text"]!.ToString(), StringComparison.Ordinal);
        var decision = Assert.Single(gateway.Decisions());
        Assert.Equal((true, "responses"), (decision.IsAllowed, decision.Facts["api"]));
        Assert.Equal(answer["usage"]!["total_tokens"]!.GetValue<long>(), Assert.Single(gateway.Receipts()).Number("tokens"));
    }

    [Fact]
    public async Task Streamed_Answer_IsOneMessageBetweenCreatedAndCompleted()
    {
        await using var gateway = await Gateway.StartAsync();

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(Body(",\"stream\":true,\"store\":false"), Route));

        Assert.Equal(["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"], events.Types().Take(4));
        Assert.Equal(["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"], events.Types().TakeLast(4));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(item => item["sequence_number"]!.GetValue<int>()));
        var deltas = events[4..^4];
        Assert.True(deltas.Count >= 2);
        Assert.All(deltas, delta => Assert.Equal("response.output_text.delta", delta["type"]!.ToString()));
        var text = string.Concat(deltas.Select(delta => delta["delta"]!.ToString()));
        Assert.Equal(text, events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!.ToString());
        Assert.Equal(Assert.Single(gateway.Receipts()).Number("tokensOut"), events[^1]["response"]!["usage"]!["output_tokens"]!.GetValue<long>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TokenLimit_LeavesTheResponseIncomplete(bool stream)
    {
        await using var gateway = await Gateway.StartAsync();

        var sent = await gateway.PostAsync(Body($",\"max_output_tokens\":20,\"stream\":{(stream ? "true" : "false")}"), Route);
        var answer = stream ? (await ServerSentEvents.ReadTypedAsync(sent))[^1]["response"]! : (await sent.Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal(("incomplete", "max_output_tokens"), (answer["status"]!.ToString(), answer["incomplete_details"]!["reason"]!.ToString()));
        Assert.InRange(answer["usage"]!["output_tokens"]!.GetValue<long>(), 1, 20);
    }

    [Fact]
    public async Task Upstream_GetsAChatCompletion_WithEveryPartInItsPlace()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        const string Sent = """
            {"model":"tiny","max_output_tokens":50,"instructions":"be brief","store":false,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k","truncation":"auto",
             "reasoning":{"effort":"low","summary":"auto"},"text":{"verbosity":"low","format":{"type":"json_schema","name":"shape","schema":{"type":"object"},"strict":false}},
             "tools":[{"type":"function","name":"shell","description":"runs","strict":false,"parameters":{"type":"object"}}],"tool_choice":{"type":"function","name":"shell"},"parallel_tool_calls":false,
             "input":[
              {"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]},
              {"role":"user","content":"one"},
              {"type":"reasoning","id":"r","summary":[],"encrypted_content":"x"},
              {"type":"message","role":"assistant","content":[{"type":"output_text","text":"I look"}]},
              {"type":"function_call","call_id":"t1","name":"shell","arguments":"{}"},
              {"type":"function_call","call_id":"t2","name":"shell","arguments":"{\"a\":1}"},
              {"type":"function_call_output","call_id":"t1","output":"text"},
              {"type":"function_call_output","call_id":"t2","output":[{"type":"input_text","text":"seen"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
              {"type":"message","role":"user","content":[{"type":"input_text","text":"go"},{"type":"input_text","text":"on"}]}]}
            """;
        const string Wanted = """
            {"model":"tiny","max_completion_tokens":50,"reasoning_effort":"low","verbosity":"low",
             "response_format":{"type":"json_schema","json_schema":{"name":"shape","schema":{"type":"object"},"strict":false}},
             "messages":[
              {"role":"system","content":"be brief"},
              {"role":"system","content":"rules"},
              {"role":"user","content":"one"},
              {"role":"assistant","content":"I look","tool_calls":[{"id":"t1","type":"function","function":{"name":"shell","arguments":"{}"}},{"id":"t2","type":"function","function":{"name":"shell","arguments":"{\"a\":1}"}}]},
              {"role":"tool","tool_call_id":"t1","content":"text"},
              {"role":"tool","tool_call_id":"t2","content":"seen"},
              {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
              {"role":"user","content":"go\non"}],
             "tools":[{"type":"function","function":{"name":"shell","description":"runs","parameters":{"type":"object"},"strict":false}}],
             "parallel_tool_calls":false,"tool_choice":{"type":"function","function":{"name":"shell"}}}
            """;

        var response = await gateway.PostAsync(Sent, Route);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var got = JsonNode.Parse(Assert.Single(upstream.Requests).Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Wanted), got), got!.ToJsonString());
    }

    [Fact]
    public async Task Upstream_CallsInPieces_BecomeItems_InTheirOrder()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(
            FakeUpstream.Delta("I look"), FakeUpstream.Call(0, "t1", "shell", "{\\\"a\\\":"), FakeUpstream.Call(0, null, null, "1}"), FakeUpstream.Call(1, "t2", "shell", ""),
            """{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""", "[DONE]");
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(Body(",\"stream\":true", "tiny"), Route));

        var calls = events.Where(item => item["type"]!.ToString().Contains("function_call", StringComparison.Ordinal) || item["item"]?["call_id"] is not null)
            .Select(item => (item["output_index"]!.GetValue<int>(), item["type"]!.ToString(), (item["delta"] ?? item["arguments"] ?? item["item"]!["arguments"])!.ToString()));
        Assert.Equal(
            [
                (1, "response.output_item.added", ""), (1, "response.function_call_arguments.delta", "{\"a\":"), (1, "response.function_call_arguments.delta", "1}"),
                (1, "response.function_call_arguments.done", "{\"a\":1}"), (1, "response.output_item.done", "{\"a\":1}"),
                (2, "response.output_item.added", ""), (2, "response.function_call_arguments.delta", "{}"),
                (2, "response.function_call_arguments.done", "{}"), (2, "response.output_item.done", "{}"),
            ], calls);
        Assert.Equal(["message", "function_call", "function_call"], events[^1]["response"]!["output"]!.AsArray().Select(item => item!["type"]!.ToString()));
        Assert.Equal(["t1", "t2"], events[^1]["response"]!["output"]!.AsArray().Select(item => item!["call_id"]?.ToString()).OfType<string>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Namespace_FunctionsInIt_AreOfferedUnderJoinedNames_AndCalledUnderTheirOwn(bool stream)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        const string Call = """[{"index":0,"id":"t1","type":"function","function":{"name":"team__ask","arguments":"{}"}}]""";
        upstream.OnChat = async context =>
        {
            if (stream)
            {
                context.Response.ContentType = "text/event-stream";
                await FakeUpstream.SendAsync(context, $$$"""{"choices":[{"index":0,"delta":{"tool_calls":{{{Call}}}}}]}""");
                await FakeUpstream.SendAsync(context, "[DONE]");
                return;
            }

            await context.Response.WriteAsync($$$"""{"choices":[{"message":{"tool_calls":{{{Call}}}}}]}""");
        };
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        var body = $$"""
            {"model":"tiny","stream":{{(stream ? "true" : "false")}},"input":[{"role":"user","content":"x"},{"type":"function_call","call_id":"c","namespace":"mcp__notes__","name":"ask","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"y"}],
             "tools":[{"type":"function","name":"ask"},{"type":"namespace","name":"team","tools":[{"type":"function","name":"ask"}]},{"type":"namespace","name":"mcp__notes__","tools":[{"type":"function","name":"ask"}]}]}
            """;

        var sent = await gateway.PostAsync(body, Route);
        var answer = stream ? (await ServerSentEvents.ReadTypedAsync(sent))[^1]["response"]! : (await sent.Content.ReadFromJsonAsync<JsonNode>())!;

        var got = JsonNode.Parse(Assert.Single(upstream.Requests).Body)!;
        Assert.Equal(["ask", "team__ask", "mcp__notes__ask"], got["tools"]!.AsArray().Select(tool => tool!["function"]!["name"]!.ToString()));
        Assert.Equal("mcp__notes__ask", got["messages"]![1]!["tool_calls"]![0]!["function"]!["name"]!.ToString());
        Assert.Equal(("team", "ask", "t1"),
            (answer["output"]![0]!["namespace"]!.ToString(), answer["output"]![0]!["name"]!.ToString(), answer["output"]![0]!["call_id"]!.ToString()));
    }
}
