using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests.Messages;

/// <summary>What is refused, broken or cut, in Anthropic's shape: by the same rules and with the same records as a chat.</summary>
public sealed class MessagesFailureTests
{
    [Theory]
    [InlineData("""{"model":"m"}""", "request_malformed", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "request_malformed", "messages")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "request_malformed", "model")]
    [InlineData("""{"model":"m","max_tokens":"many","messages":[{"role":"user","content":"x"}]}""", "request_malformed", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"x"}]}""", "request_malformed", "max_tokens")]
    [InlineData("""{"model":"m","messages":["x"]}""", "request_malformed", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":7}]}""", "request_malformed", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"tool","content":"x"}]}""", "request_malformed", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}""", "request_malformed", "messages[0].content[0].text")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","content":"x"}]}]}""", "request_malformed", "messages[0].content[0].tool_use_id")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"document","source":{"type":"url","url":"https://example.com/?leak"}}]}]}""", "unsupported", "messages[0].content[1].type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/?leak"}}]}]}""", "unsupported", "messages[0].content[0].source.type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]}""", "unsupported", "messages[0].content[0].source.type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"search_result"}]}]}]}""", "unsupported", "messages[0].content[0].content[0].type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"tool_use","id":"t","name":"n","input":{}}]}]}""", "unsupported", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"t","name":"web_search","input":{}}]}]}""", "unsupported", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","system":[{"type":"image"}],"messages":[{"role":"user","content":"x"}]}""", "unsupported", "system[0].type")]
    [InlineData("""{"model":"m","tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"x"}]}""", "unsupported", "tools[0].type")]
    [InlineData("""{"model":"m","tools":[{"input_schema":{}}],"messages":[{"role":"user","content":"x"}]}""", "request_malformed", "tools[0].name")]
    [InlineData("""{"model":"m","tools":[{"name":"n"}],"tool_choice":"auto","messages":[{"role":"user","content":"x"}]}""", "request_malformed", "tool_choice")]
    [InlineData("""{"model":"m","mcp_servers":[{"url":"https://example.com"}],"messages":[{"role":"user","content":"x"}]}""", "unsupported", "mcp_servers")]
    [InlineData("""{"model":"m","container":"c","messages":[{"role":"user","content":"x"}]}""", "unsupported", "container")]
    public async Task BadRequest_IsRefusedWithTheFieldThatIsWrong_OnBothRoutes(string body, string code, string field)
    {
        await using var gateway = await Gateway.StartAsync();

        foreach (var route in (string[])[MessagesTests.Route, "v1/messages/count_tokens"])
        {
            var response = await gateway.PostAsync(body, route);
            var answer = (await response.Content.ReadFromJsonAsync<JsonNode>())!;

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal(("error", "invalid_request_error", code, field),
                (answer["type"]!.ToString(), answer["error"]!["type"]!.ToString(), answer["error"]!["code"]!.ToString(), answer["error"]!["param"]!.ToString()));
            Assert.Contains($"'{field}'", answer["error"]!["message"]!.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal([code, code], gateway.Decisions().Select(record => record.Reason));
    }

    [Fact]
    public async Task Bounds_OnBytesAndMessages_AreThoseOfAChat()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var small = await Gateway.StartAsync(Gateway.AnyModel, null, ("InferenceGateway:MaxRequestBytes", "65536"));
        static string Many(int count) => $$"""{"model":"offline-extractive","max_tokens":9,"messages":[{{string.Join(',', Enumerable.Repeat("""{"role":"user","content":"x"}""", count))}}]}""";

        var big = await small.PostAsync(MessagesTests.Body().Replace("hello", new string('x', 70_000), StringComparison.Ordinal), MessagesTests.Route);
        var many = await gateway.PostAsync(Many(10_001), MessagesTests.Route);
        var control = await gateway.PostAsync(Many(10_000), MessagesTests.Route);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"), (big.StatusCode, (await gateway.ErrorAsync(big))["type"]!.ToString()));
        Assert.Equal((HttpStatusCode.BadRequest, "messages"), (many.StatusCode, (await gateway.ErrorAsync(many))["param"]!.ToString()));
        Assert.Equal(HttpStatusCode.OK, control.StatusCode);
    }

    [Fact]
    public async Task Refusal_QuotesARequest_AtABoundedLength()
    {
        await using var gateway = await Gateway.StartAsync();
        var body = MessagesTests.Body().Replace("\"hello\"", $$"""[{"type":"{{new string('x', 100_000)}}"}]""", StringComparison.Ordinal);

        var error = await gateway.ErrorAsync(await gateway.PostAsync(body, MessagesTests.Route));

        Assert.Equal(("unsupported", "messages[0].content[0].type"), (error["code"]!.ToString(), error["param"]!.ToString()));
        Assert.InRange(error["message"]!.ToString().Length, 100, 500);
    }

    [Fact]
    public async Task Denied_ModelAndBudget_AreSaidInItsShape_AndNothingReachesTheUpstream()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream, "inference: { models: [tiny], maxTokens: 30 }");

        var model = await gateway.PostAsync(MessagesTests.Body(model: "huge"), MessagesTests.Route);
        var count = await gateway.PostAsync(MessagesTests.Body(model: "huge"), "v1/messages/count_tokens");
        Assert.Empty(upstream.Requests);
        var control = await gateway.PostAsync(MessagesTests.Body(model: "tiny"), MessagesTests.Route);
        var budget = await gateway.PostAsync(MessagesTests.Body(model: "tiny").Replace("hello", new string('x', 200), StringComparison.Ordinal), MessagesTests.Route);

        Assert.All([model, count], response => Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode));
        var error = await gateway.ErrorAsync(model);
        Assert.Equal(("permission_error", "model_not_allowed"), (error["type"]!.ToString(), error["code"]!.ToString()));
        Assert.Contains("huge", error["ask"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, control.StatusCode);
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_error", "false"),
            (budget.StatusCode, (await gateway.ErrorAsync(budget))["type"]!.ToString(), budget.Headers.GetValues("x-should-retry").Single()));
        Assert.Single(upstream.Requests);
        Assert.Single(gateway.Receipts());
    }

    [Theory]
    [InlineData("""{"error":{"message":"sk-live-1234"}}""", "upstream_unreachable")]
    [InlineData(null, "upstream_unreachable")]
    [InlineData("""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}""", "upstream_unreachable")]
    [InlineData("long", "token_budget_exceeded")]
    public async Task Stream_ThatBreaksOrIsCut_EndsWithAnErrorEvent_AndNoStop(string? second, string code)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(second switch
        {
            null => [FakeUpstream.Delta("half")],
            "long" => [.. Enumerable.Repeat(FakeUpstream.Delta(new string('x', 400)), 50), "[DONE]"],
            _ => [FakeUpstream.Delta("half"), second, "[DONE]"],
        });
        await using var gateway = await ForwardingTests.StartAsync(upstream, "inference: { models: [tiny], maxTokens: 1000 }");

        var events = await ServerSentEvents.ReadTypedAsync(await gateway.PostAsync(MessagesTests.Body(",\"stream\":true", "tiny"), MessagesTests.Route));

        Assert.Equal(code, events[^1]["error"]!["code"]!.ToString());
        Assert.Contains("content_block_delta", events.Types());
        Assert.DoesNotContain("message_delta", events.Types());
        Assert.DoesNotContain("message_stop", events.Types());
        Assert.DoesNotContain(events, item => item.ToJsonString().Contains("sk-live", StringComparison.Ordinal));
        Assert.Equal(code == "upstream_unreachable" ? "failed" : "cut", Assert.Single(gateway.Receipts()).Facts["outcome"]);
    }

    [Theory]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"t","function":{"name":"n","arguments":"not json"}}]}}]}""")]
    [InlineData("""{"choices":[{"message":{"tool_calls":[{"id":"t","function":{"arguments":"{}"}}]}}]}""")]
    public async Task Whole_AnswerThatCannotBeSaid_Is502_AndItsTokensAreSpent(string body)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = context => context.Response.WriteAsync(body.Insert(1, "\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":3},"));
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        var response = await gateway.PostAsync(MessagesTests.Body(model: "tiny"), MessagesTests.Route);

        Assert.Equal((HttpStatusCode.BadGateway, "api_error"), (response.StatusCode, (await gateway.ErrorAsync(response))["type"]!.ToString()));
        var receipt = Assert.Single(gateway.Receipts());
        Assert.Equal((7, "failed"), (receipt.Number("tokens"), receipt.Facts["outcome"]));
    }

    [Fact]
    public async Task Count_IsWhatACallWouldReserve_AndSpendsNothing()
    {
        await using var gateway = await Gateway.StartAsync();

        var counted = await (await gateway.PostAsync(MessagesTests.Body(), "v1/messages/count_tokens")).Content.ReadFromJsonAsync<JsonNode>();
        Assert.Empty(gateway.Receipts());
        await gateway.PostAsync(MessagesTests.Body(), MessagesTests.Route);

        Assert.Equal(Assert.Single(gateway.Decisions()).Number("promptTokens"), counted!["input_tokens"]!.GetValue<long>());
        Assert.Single(gateway.Component.Records(), record => record.Kind == "inference.count");
    }
}
