using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Upstream;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.InferenceGateway.Tests.Upstream;

/// <summary>What goes to an OpenAI-compatible server and what comes back.</summary>
public sealed class ForwardingTests
{
    private const string Usage = """{"id":"c1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}""";

    internal static Task<Gateway> StartAsync(FakeUpstream upstream, string inference = Gateway.AnyModel, params (string, string)[] more) =>
        Gateway.StartAsync(inference, null, [("SECUREAGENT_INFERENCE_UPSTREAM", upstream.Url), .. more]);

    [Fact]
    public async Task Whole_Answer_IsPassedOnAndReceiptedWithTheUpstreamsFigures()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await StartAsync(upstream);

        var answer = await (await gateway.PostAsync(Gateway.Chat("tiny"))).Content.ReadFromJsonAsync<JsonNode>();

        Assert.Equal("four", answer!["choices"]![0]!["message"]!["content"]!.ToString());
        Assert.Equal("kept", answer["extra"]!.ToString());
        var receipt = Assert.Single(gateway.Receipts());
        Assert.Equal((11, 7, "backend", "completed"), (receipt.Number("tokensIn"), receipt.Number("tokensOut"), receipt.Facts["counted"], receipt.Facts["outcome"]));
    }

    [Fact]
    public async Task Body_OnlyMembersThatShapeThisAnswer_AreForwarded()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await StartAsync(upstream, "inference: { models: [tiny], maxTokens: 1000 }");
        const string More = ""","temperature":0.5,"max_tokens":99999,"store":true,"web_search_options":{},"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto" """;

        await gateway.PostAsync(Gateway.Chat("tiny", more: More));

        var sent = JsonNode.Parse(Assert.Single(upstream.Requests).Body)!;
        Assert.Equal(["model", "messages", "temperature", "max_tokens", "tools", "tool_choice"], sent.AsObject().Select(member => member.Key));
        Assert.InRange(sent["max_tokens"]!.GetValue<long>(), 1, 1000);
    }

    [Fact]
    public async Task Headers_OfTheAgent_NeverReachTheUpstream()
    {
        Assert.Null(await AuthorizationSeenAsync(passHeaders: []));

        // Control: with the guard off the fake does see it, so its silence above means something.
        Assert.Equal("Bearer agents-own", await AuthorizationSeenAsync(passHeaders: ["Authorization"]));
    }

    [Fact]
    public async Task Models_AreTheUpstreamsThatTheProfileAllows()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await StartAsync(upstream, "inference: { models: [\"tin*\"], maxTokens: 1000 }");

        var list = await gateway.Http.GetFromJsonAsync<JsonNode>("v1/models");

        Assert.Equal(["tiny"], list!["data"]!.AsArray().Select(model => model!["id"]!.ToString()));
    }

    [Fact]
    public async Task Denied_Model_NeverReachesTheUpstream()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await StartAsync(upstream, "inference: { models: [tiny], maxTokens: 1000 }");

        await gateway.PostAsync(Gateway.Chat("huge"));
        Assert.Empty(upstream.Requests);

        // Control: the same request for an allowed model does.
        await gateway.PostAsync(Gateway.Chat("tiny"));
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Stream_FirstChunk_ArrivesBeforeTheUpstreamSendsTheNext()
    {
        var clientHasFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await FakeUpstream.SendAsync(context, FakeUpstream.Delta("one"));
            await clientHasFirst.Task;
            await FakeUpstream.SendAsync(context, FakeUpstream.Delta("two"));
            await FakeUpstream.SendAsync(context, "[DONE]");
        };
        await using var gateway = await StartAsync(upstream);

        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Gateway.Body(Gateway.Chat("tiny", stream: true)) };
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var first = await reader.ReadLineAsync();
        Assert.Empty(gateway.Receipts());
        clientHasFirst.SetResult();
        var rest = await reader.ReadToEndAsync();

        Assert.Contains("one", first, StringComparison.Ordinal);
        Assert.Contains("two", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData(""","stream_options":{"include_usage":true}""", 3)]
    public async Task Stream_Usage_IsTakenForTheReceiptAndShownOnlyWhenAsked(string options, int events)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(FakeUpstream.Delta("hi"), Usage, "[DONE]");
        await using var gateway = await StartAsync(upstream);

        var seen = await ServerSentEvents.ReadAsync(await gateway.PostAsync(Gateway.Chat("tiny", stream: true, more: options)));

        Assert.Equal(events, seen.Count);
        Assert.True(JsonNode.Parse(Assert.Single(upstream.Requests).Body)!["stream_options"]!["include_usage"]!.GetValue<bool>());
        Assert.Equal((5, 2), (Assert.Single(gateway.Receipts()).Number("tokensIn"), gateway.Receipts()[0].Number("tokensOut")));
    }

    [Fact]
    public async Task Stream_ToolCalls_ArePassedOn()
    {
        const string Call = """{"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"read_file","arguments":"{\"path\":\"a\"}"}}]},"finish_reason":"tool_calls"}]}""";
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(Call, "[DONE]");
        await using var gateway = await StartAsync(upstream);

        var seen = await ServerSentEvents.ReadAsync(await gateway.PostAsync(Gateway.Chat("tiny", stream: true)));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Call), JsonNode.Parse(seen[0])));
    }

    private static async Task<string?> AuthorizationSeenAsync(IReadOnlyList<string> passHeaders)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        var settings = new UpstreamSettings(new Uri(upstream.Url + "/"), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)) { PassHeaders = passHeaders };
        await using var gateway = await Gateway.StartAsync(configure: services => services.Replace(ServiceDescriptor.Singleton<IModelBackend>(provider =>
            new OpenAiBackend(new UpstreamClient(settings, provider.GetRequiredService<SecretLeases>(), TimeProvider.System), settings, TimeProvider.System))));
        gateway.Http.DefaultRequestHeaders.Add("Authorization", "Bearer agents-own");

        await gateway.PostAsync(Gateway.Chat("tiny"));

        return Assert.Single(upstream.Requests).Headers.GetValueOrDefault("Authorization");
    }
}
