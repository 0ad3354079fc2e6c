#pragma warning disable OPENAI001 // the library calls this part of itself experimental
using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Models;
using OpenAI.Responses;

namespace SecureAgent.InferenceGateway.Tests.Responses;

/// <summary>OpenAI's own library reads what is sent and writes what is read: a tool's round trip, whole and streamed, and the models.</summary>
public sealed class OfficialClientTests
{
    private static readonly ApiKeyCredential Key = new("none");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Tool_IsCalledByTheModel_AndItsAnswerReachesIt(bool stream) =>
        ToolScript.RunAsync(stream, http => new ResponsesClient(Key, Through(http, new ResponsesClientOptions { Endpoint = V1(http) })).AsIChatClient("tiny"));

    [Fact]
    public async Task Models_AreRead()
    {
        await using var gateway = await Gateway.StartAsync();

        var models = await new OpenAIModelClient(Key, Through(gateway.Http, new OpenAIClientOptions { Endpoint = V1(gateway.Http) })).GetModelsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["offline-extractive"], models.Value.Select(model => model.Id));
    }

    private static T Through<T>(HttpClient http, T options)
        where T : ClientPipelineOptions
    {
        (options.Transport, options.RetryPolicy) = (new HttpClientPipelineTransport(http), new ClientRetryPolicy(0));
        return options;
    }

    private static Uri V1(HttpClient http) => new(http.BaseAddress!, "v1");
}
