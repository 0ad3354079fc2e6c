using System.Net;

namespace SecureAgent.InferenceGateway.Tests.Upstream;

/// <summary>The model server's credential: leased per request, added outside the sandbox, never seen inside.</summary>
public sealed class CredentialTests
{
    [Fact]
    public async Task Lease_IsBoundToTheRequestAndReplacesTheAgentsOwnKey()
    {
        await using var broker = await FakeBroker.StartAsync();
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream, Gateway.AnyModel, broker.Settings);
        gateway.Http.DefaultRequestHeaders.Add("Authorization", "Bearer agents-own");

        var response = await gateway.PostAsync(Gateway.Chat("tiny"));

        Assert.Equal("Bearer " + FakeBroker.Value, Assert.Single(upstream.Requests).Headers["Authorization"]);
        var drawn = Assert.Single(broker.Drawn);
        Assert.Equal(("s-test", "model", "127.0.0.1", new Uri(upstream.Url).Port, "POST"), (drawn.SessionId, drawn.Name, drawn.Host, drawn.Port, drawn.Method));
        Assert.Equal(["l-1"], broker.Revoked);
        Assert.DoesNotContain(FakeBroker.Value, await response.Content.ReadAsStringAsync() + response.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Component.Records(), record => record.Json.Contains(FakeBroker.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("secret_unknown")]
    [InlineData("destination_mismatch")]
    public async Task Refused_Lease_FailsTheRequestBeforeTheUpstreamHearsOfIt(string reason)
    {
        await using var broker = await FakeBroker.StartAsync();
        broker.Refusal = reason;
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream, Gateway.AnyModel, broker.Settings);

        var response = await gateway.PostAsync(Gateway.Chat("tiny"));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(reason, (await gateway.ErrorAsync(response))["code"]!.ToString());
        Assert.Empty(upstream.Requests);

        // Control: with the lease given the same request arrives.
        broker.Refusal = null;
        await gateway.PostAsync(Gateway.Chat("tiny"));
        Assert.Single(upstream.Requests);
    }
}
