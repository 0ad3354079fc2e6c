using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.AspNetCore.Http;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests;

/// <summary>A model that calls <c>read_file</c> once and then answers, for clients of any dialect.</summary>
internal static class ToolScript
{
    private const string Call = """[{"index":0,"id":"t1","type":"function","function":{"name":"read_file","arguments":"{\"path\":\"plan.md\"}"}}]""";

    /// <summary>A tool's round trip through the gateway, with a client that an official library makes of the gateway's address.</summary>
    public static async Task RunAsync(bool stream, Func<HttpClient, IChatClient> connect)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        Play(upstream, stream);
        var called = new List<string>();
        var read = AIFunctionFactory.Create((string path) => { called.Add(path); return "five words"; }, "read_file", "Reads a file");
        using var chat = connect(gateway.Http).AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [read], MaxOutputTokens = 100, Instructions = "be brief" };

        var response = stream ? await chat.GetStreamingResponseAsync("how long?", options).ToChatResponseAsync() : await chat.GetResponseAsync("how long?", options);

        Assert.Equal(["plan.md"], called);
        Assert.Equal("I looked: five", response.Text);
        AssertSecondRequest(upstream, "five words");
    }

    public static void Play(FakeUpstream upstream, bool stream) => upstream.OnChat = async context =>
    {
        var isFirst = upstream.Requests.Count == 1;
        var message = isFirst ? $$"""{"role":"assistant","content":null,"tool_calls":{{Call}}}""" : """{"role":"assistant","content":"I looked: five"}""";
        var reason = isFirst ? "tool_calls" : "stop";
        if (!stream)
        {
            await context.Response.WriteAsync($$$"""{"choices":[{"index":0,"message":{{{message}}},"finish_reason":"{{{reason}}}"}],"usage":{"prompt_tokens":4,"completion_tokens":3}}""");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        await FakeUpstream.SendAsync(context, $$$"""{"choices":[{"index":0,"delta":{{{message}}},"finish_reason":null}]}""");
        await FakeUpstream.SendAsync(context, $$$"""{"choices":[{"index":0,"delta":{},"finish_reason":"{{{reason}}}"}]}""");
        await FakeUpstream.SendAsync(context, "[DONE]");
    };

    public static void AssertSecondRequest(FakeUpstream upstream, string answer)
    {
        var second = JsonNode.Parse(upstream.Requests.Last().Body)!["messages"]!.AsArray();
        Assert.Equal(["system", "user", "assistant", "tool"], second.Select(message => message!["role"]!.ToString()));
        Assert.Equal(("t1", "read_file"), (second[2]!["tool_calls"]![0]!["id"]!.ToString(), second[2]!["tool_calls"]![0]!["function"]!["name"]!.ToString()));
        Assert.Equal("plan.md", JsonNode.Parse(second[2]!["tool_calls"]![0]!["function"]!["arguments"]!.ToString())!["path"]!.ToString());
        Assert.Equal("t1", second[3]!["tool_call_id"]!.ToString());
        Assert.Contains(answer, second[3]!["content"]!.ToString(), StringComparison.Ordinal);
    }
}
