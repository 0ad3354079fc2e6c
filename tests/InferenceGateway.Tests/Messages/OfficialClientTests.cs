using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;

namespace SecureAgent.InferenceGateway.Tests.Messages;

/// <summary>Anthropic's own library reads what is sent and writes what is read: a tool's round trip, whole and streamed, and the models.</summary>
public sealed class OfficialClientTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Tool_IsCalledByTheModel_AndItsAnswerReachesIt(bool stream) => ToolScript.RunAsync(stream, http => Client(http).AsIChatClient("tiny"));

    [Fact]
    public async Task Models_AreRead()
    {
        await using var gateway = await Gateway.StartAsync();

        var page = await Client(gateway.Http).Models.List(new(), TestContext.Current.CancellationToken);

        Assert.False(page.HasNext());
        Assert.Equal([("offline-extractive", "offline-extractive", DateTimeOffset.UnixEpoch)], page.Items.Select(model => (model.ID, model.DisplayName, model.CreatedAt)));
    }

    private static AnthropicClient Client(HttpClient http) =>
        new(new ClientOptions { HttpClient = http, BaseUrl = http.BaseAddress!.ToString(), ApiKey = "none", MaxRetries = 0 });
}
