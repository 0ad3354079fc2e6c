using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests.Responses;

/// <summary>What is refused, broken or cut: by the same rules and with the same records as a chat.</summary>
public sealed class ResponsesFailureTests
{
    [Theory]
    [InlineData("""{"model":"m"}""", "request_malformed", "input")]
    [InlineData("""{"model":"m","input":[]}""", "request_malformed", "input")]
    [InlineData("""{"input":"x"}""", "request_malformed", "model")]
    [InlineData("""{"model":"m","input":"x","max_output_tokens":0}""", "request_malformed", "max_output_tokens")]
    [InlineData("""{"model":"m","input":[{"role":"tool","content":"x"}]}""", "request_malformed", "input[0].role")]
    [InlineData("""{"model":"m","input":[{"role":"user"}]}""", "request_malformed", "input[0].content")]
    [InlineData("""{"model":"m","input":[{"type":"function_call","name":"n","arguments":"{}"}]}""", "request_malformed", "input[0].call_id")]
    [InlineData("""{"model":"m","input":[{"type":"function_call_output","call_id":"c"}]}""", "request_malformed", "input[0].output")]
    [InlineData("""{"model":"m","input":"x","store":true}""", "unsupported", "store")]
    [InlineData("""{"model":"m","input":"x","background":true}""", "unsupported", "background")]
    [InlineData("""{"model":"m","input":"x","previous_response_id":"resp_1"}""", "unsupported", "previous_response_id")]
    [InlineData("""{"model":"m","input":"x","conversation":"conv_1"}""", "unsupported", "conversation")]
    [InlineData("""{"model":"m","input":"x","prompt":{"id":"p"}}""", "unsupported", "prompt")]
    [InlineData("""{"model":"m","input":[{"type":"item_reference","id":"i"}]}""", "unsupported", "input[0].type")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://example.com/?leak"}]}]}""", "unsupported", "input[0].content[0].image_url")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}""", "unsupported", "input[0].content[0].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function","name":"n"},{"type":"code_interpreter","container":{}}]}""", "unsupported", "tools[1].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function"}]}""", "request_malformed", "tools[0].name")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"namespace","name":"n","tools":[{"type":"mcp"}]}]}""", "unsupported", "tools[0].tools[0].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function","name":"a__b"},{"type":"namespace","name":"a","tools":[{"type":"function","name":"b"}]}]}""", "request_malformed", "tools[1].tools[0].name")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function","name":"n"}],"tool_choice":{"type":"mcp"}}""", "unsupported", "tool_choice")]
    [InlineData("""{"model":"m","input":"x","text":{"format":{"type":"grammar"}}}""", "unsupported", "text.format.type")]
    public async Task BadRequest_IsRefusedWithTheFieldThatIsWrong(string body, string code, string field)
    {
        await using var gateway = await Gateway.StartAsync();

        var response = await gateway.PostAsync(body, ResponsesTests.Route);
        var error = await gateway.ErrorAsync(response);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(("invalid_request_error", code, field), (error["type"]!.ToString(), error["code"]!.ToString(), error["param"]!.ToString()));
        Assert.Contains($"'{field}'", error["message"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(code, Assert.Single(gateway.Decisions()).Reason);
    }

    [Fact]
    public async Task Bounds_OnBytesItemsAndNames_NameTheField()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var small = await Gateway.StartAsync(Gateway.AnyModel, null, ("InferenceGateway:MaxRequestBytes", "65536"));
        static string Many(int count) => $$"""{"model":"offline-extractive","input":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", count))}}]}""";
        static string Named(int length) =>
            $$"""{"model":"offline-extractive","input":"x","tools":[{"type":"namespace","name":"{{new string('n', 100)}}","tools":[{"type":"function","name":"{{new string('f', length)}}"}]}]}""";

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await small.PostAsync(ResponsesTests.Body().Replace("hello", new string('x', 70_000), StringComparison.Ordinal), ResponsesTests.Route)).StatusCode);
        Assert.Equal("input", (await gateway.ErrorAsync(await gateway.PostAsync(Many(10_001), ResponsesTests.Route)))["param"]!.ToString());
        Assert.Equal("tools[0].tools[0].name", (await gateway.ErrorAsync(await gateway.PostAsync(Named(99), ResponsesTests.Route)))["param"]!.ToString());

        // Control: at the bound, not above it.
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(Many(10_000), ResponsesTests.Route)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(Named(98), ResponsesTests.Route)).StatusCode);
    }

    [Fact]
    public async Task Denied_ModelAndBudget_NeverReachTheUpstream()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream, "inference: { models: [tiny], maxTokens: 30 }");

        var model = await gateway.PostAsync(ResponsesTests.Body(model: "huge"), ResponsesTests.Route);
        Assert.Empty(upstream.Requests);
        var control = await gateway.PostAsync(ResponsesTests.Body(model: "tiny"), ResponsesTests.Route);
        var budget = await gateway.PostAsync(ResponsesTests.Body(model: "tiny").Replace("hello", new string('x', 200), StringComparison.Ordinal), ResponsesTests.Route);

        Assert.Equal((HttpStatusCode.Forbidden, "model_not_allowed"), (model.StatusCode, (await gateway.ErrorAsync(model))["code"]!.ToString()));
        Assert.Equal(HttpStatusCode.OK, control.StatusCode);
        Assert.Equal((HttpStatusCode.TooManyRequests, "insufficient_quota"), (budget.StatusCode, (await gateway.ErrorAsync(budget))["type"]!.ToString()));
        Assert.Single(upstream.Requests);
    }

    [Theory]
    [InlineData("""{"error":{"message":"sk-live-1234"}}""", "upstream_unreachable")]
    [InlineData(null, "upstream_unreachable")]
    [InlineData("long", "token_budget_exceeded")]
    public async Task Stream_ThatBreaksOrIsCut_Fails_AndIsNotCompleted(string? second, string code)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(second switch
        {
            null => [FakeUpstream.Delta("half")],
            "long" => [.. Enumerable.Repeat(FakeUpstream.Delta(new string('x', 400)), 50), "[DONE]"],
            _ => [FakeUpstream.Delta("half"), second, "[DONE]"],
        });
        await using var gateway = await ForwardingTests.StartAsync(upstream, "inference: { models: [tiny], maxTokens: 1000 }");

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(ResponsesTests.Body(",\"stream\":true", "tiny"), ResponsesTests.Route));

        Assert.Equal(("response.failed", code), (events[^1]["type"]!.ToString(), events[^1]["response"]!["error"]!["code"]!.ToString()));
        Assert.Contains("response.output_text.delta", events.Types());
        Assert.DoesNotContain("response.completed", events.Types());
        Assert.DoesNotContain(events, item => item.ToJsonString().Contains("sk-live", StringComparison.Ordinal));
        Assert.Equal(code == "upstream_unreachable" ? "failed" : "cut", Assert.Single(gateway.Receipts()).Facts["outcome"]);
    }

    [Fact]
    public async Task Nothing_IsKept_ForALaterRequest()
    {
        await using var gateway = await Gateway.StartAsync();
        var id = (await (await gateway.PostAsync(ResponsesTests.Body(), ResponsesTests.Route)).Content.ReadFromJsonAsync<JsonNode>())!["id"]!.ToString();

        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Http.GetAsync($"v1/responses/{id}")).StatusCode);
    }
}
