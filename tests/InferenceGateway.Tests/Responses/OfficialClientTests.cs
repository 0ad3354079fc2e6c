#pragma warning disable OPENAI001 // the library calls this part of itself experimental
using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI.Responses;
using SecureAgent.InferenceGateway.Tests.Upstream;

namespace SecureAgent.InferenceGateway.Tests.Responses;

/// <summary>OpenAI's own library reads what is sent and writes what is read: a tool's round trip, whole and streamed.</summary>
public sealed class OfficialClientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tool_IsCalledByTheModel_AndItsAnswerReachesIt(bool stream)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        ToolScript.Play(upstream, stream);
        var called = new List<string>();
        var read = AIFunctionFactory.Create((string path) => { called.Add(path); return "five words"; }, "read_file", "Reads a file");
        var client = new ResponsesClient(new ApiKeyCredential("none"), new ResponsesClientOptions
        {
            Endpoint = new Uri(gateway.Http.BaseAddress!, "v1"), Transport = new HttpClientPipelineTransport(gateway.Http), RetryPolicy = new ClientRetryPolicy(0),
        });
        using var chat = client.AsIChatClient("tiny").AsBuilder().UseFunctionInvocation().Build();
        var options = new ChatOptions { Tools = [read], MaxOutputTokens = 100, Instructions = "be brief" };

        var response = stream ? await chat.GetStreamingResponseAsync("how long?", options).ToChatResponseAsync() : await chat.GetResponseAsync("how long?", options);

        Assert.Equal(["plan.md"], called);
        Assert.Equal("I looked: five", response.Text);
        ToolScript.AssertSecondRequest(upstream, "five words");
    }
}
