using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace SecureAgent.InferenceGateway.Tests.Chat;

public sealed class ChatTests
{
    [Fact]
    public async Task Models_OfflineBackend_ListsItsModelAndRecordsTheList()
    {
        await using var gateway = await Gateway.StartAsync();

        var list = await gateway.Http.GetFromJsonAsync<JsonNode>("v1/models");
        var one = await gateway.Http.GetFromJsonAsync<JsonNode>("v1/models/offline-extractive");

        Assert.Equal("offline-extractive", list!["data"]![0]!["id"]!.ToString());
        Assert.Equal("model", one!["object"]!.ToString());
        Assert.Equal(2, gateway.Component.Records().Count(record => record.Kind == "inference.models"));
    }

    [Fact]
    public async Task Models_ProfileThatAllowsAnotherModelOnly_HidesIt()
    {
        await using var gateway = await Gateway.StartAsync("inference: { models: [\"llama*\"], maxTokens: 1000 }");

        var list = await gateway.Http.GetFromJsonAsync<JsonNode>("v1/models");

        Assert.Empty(list!["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await gateway.Http.GetAsync("v1/models/offline-extractive")).StatusCode);
    }

    [Fact]
    public async Task Chat_WholeAnswer_HasOpenAiShapeAndAReceiptWithItsTokens()
    {
        await using var gateway = await Gateway.StartAsync();

        var answer = (await (await gateway.PostAsync(Gateway.Chat())).Content.ReadFromJsonAsync<JsonNode>())!;

        Assert.Equal("chat.completion", answer["object"]!.ToString());
        Assert.Equal("stop", answer["choices"]![0]!["finish_reason"]!.ToString());
        Assert.StartsWith("[offline-extractive: this model only quotes", answer["choices"]![0]!["message"]!["content"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("offline-extractive-1", answer["system_fingerprint"]!.ToString());
        Assert.True(Assert.Single(gateway.Decisions()).IsAllowed);
        var receipt = Assert.Single(gateway.Receipts());
        Assert.Equal(answer["usage"]!["prompt_tokens"]!.GetValue<long>(), receipt.Number("tokensIn"));
        Assert.Equal(answer["usage"]!["completion_tokens"]!.GetValue<long>(), receipt.Number("tokensOut"));
        Assert.Equal("offline-extractive", receipt.Subject);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", receipt.Trace);
    }

    [Fact]
    public async Task Chat_ToolsOffered_AsksToListTheFolder()
    {
        await using var gateway = await Gateway.StartAsync();
        const string Tools = """
            ,"tools":[{"type":"function","function":{"name":"list_files"}},
            {"type":"function","function":{"name":"read_file","parameters":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}}}]
            """;

        var answer = await (await gateway.PostAsync(Gateway.Chat(more: Tools))).Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal("tool_calls", answer!["choices"]![0]!["finish_reason"]!.ToString());
        Assert.Equal("list_files", answer["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"]!.ToString());
        Assert.Null(answer["choices"]![0]!["message"]!["content"]);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(""","stream_options":{"include_usage":true}""", 1)]
    [InlineData(""","stream_options":{"include_usage":false}""", null)]
    public async Task Chat_Streamed_EndsWithDoneAndGivesUsageOnlyWhenAsked(string options, int? usageChunks)
    {
        await using var gateway = await Gateway.StartAsync();

        var response = await gateway.PostAsync(Gateway.Chat(stream: true, more: options));
        var events = await ServerSentEvents.ReadAsync(response);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!).ToList();
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", chunk["object"]!.ToString()));
        Assert.Equal(usageChunks ?? 0, chunks.Count(chunk => chunk["usage"] is not null));
        Assert.Equal("stop", chunks.Last(chunk => chunk["choices"]!.AsArray().Count > 0)["choices"]![0]!["finish_reason"]!.ToString());
        Assert.True(chunks.Count(chunk => chunk["choices"]!.AsArray().Count > 0 && chunk["choices"]![0]!["delta"]!["content"] is not null) >= 2);
        Assert.True(Assert.Single(gateway.Receipts()).Number("tokensOut") > 0);
    }

    [Fact]
    public async Task Chat_TokenLimit_CutsBetweenLinesAndSaysLength()
    {
        await using var gateway = await Gateway.StartAsync();

        var answer = await (await gateway.PostAsync(Gateway.Chat(more: ",\"max_tokens\":20"))).Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal("length", answer!["choices"]![0]!["finish_reason"]!.ToString());
        Assert.InRange(answer["usage"]!["completion_tokens"]!.GetValue<long>(), 1, 20);
    }

    [Fact]
    public async Task Chat_TextCutWithinACharacter_IsStillAnswered()
    {
        await using var gateway = await Gateway.StartAsync();
        var text = "Summarise\nx" + string.Concat(Enumerable.Repeat("🦊", 3_000));

        var response = await gateway.PostAsync(Gateway.Chat(text: text));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("🦊", (await response.Content.ReadFromJsonAsync<JsonNode>())!["choices"]![0]!["message"]!["content"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_ModelTheBackendLacks_IsNotFound()
    {
        await using var gateway = await Gateway.StartAsync();

        var response = await gateway.PostAsync(Gateway.Chat("gpt-9"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("not_found", (await gateway.ErrorAsync(response))["code"]!.ToString());
        Assert.Equal("failed", Assert.Single(gateway.Receipts()).Facts["outcome"]);
    }
}
