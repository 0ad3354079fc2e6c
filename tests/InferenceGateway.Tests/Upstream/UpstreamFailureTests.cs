using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SecureAgent.InferenceGateway.Tests.Upstream;

/// <summary>A model server that is down, slow, broken or unfriendly.</summary>
public sealed class UpstreamFailureTests
{
    private const string Leaky = """{"error":{"message":"Incorrect API key provided: sk-live-1234","code":"invalid_api_key"}}""";

    [Theory]
    [InlineData(400, """{"error":{"message":"context too long"}}""", 400, "request_malformed", "context too long")]
    [InlineData(404, """{"error":{"message":"no such model"}}""", 404, "not_found", "no such model")]
    [InlineData(429, """{"error":{"message":"slow down"}}""", 429, "upstream_unreachable", "slow down")]
    [InlineData(401, Leaky, 502, "secret_unavailable", "credential")]
    [InlineData(403, Leaky, 502, "secret_unavailable", "credential")]
    [InlineData(500, Leaky, 502, "upstream_unreachable", "500")]
    [InlineData(503, "<html>", 502, "upstream_unreachable", "503")]
    [InlineData(400, "<html>", 400, "request_malformed", "400")]
    [InlineData(307, "", 502, "upstream_unreachable", "redirect")]
    public async Task Refusal_IsMappedAndNeverQuotesTheCredential(int theirs, string body, int ours, string code, string said)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = context =>
        {
            context.Response.StatusCode = theirs;
            context.Response.Headers.Location = "/v1/models";
            context.Response.Headers.RetryAfter = "3";
            return context.Response.WriteAsync(body);
        };
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        var response = await gateway.PostAsync(Gateway.Chat("tiny"));
        var error = await gateway.ErrorAsync(response);

        Assert.Equal(ours, (int)response.StatusCode);
        Assert.Equal(code, error["code"]!.ToString());
        Assert.Contains(said, error["message"]!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-live", error.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(theirs == 429 ? "true" : "false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Single(upstream.Requests);
        Assert.Equal("failed", Assert.Single(gateway.Receipts()).Facts["outcome"]);
    }

    [Fact]
    public async Task Dead_Upstream_Is502OnBothRoutes()
    {
        await using var gateway = await Gateway.StartAsync(Gateway.AnyModel, null, ("SECUREAGENT_INFERENCE_UPSTREAM", $"http://127.0.0.1:{ClosedPort()}/v1"));

        var chat = await gateway.PostAsync(Gateway.Chat("tiny"));
        var models = await gateway.Http.GetAsync("v1/models");

        Assert.Equal((HttpStatusCode.BadGateway, HttpStatusCode.BadGateway), (chat.StatusCode, models.StatusCode));
        Assert.Equal("upstream_unreachable", (await gateway.ErrorAsync(chat))["code"]!.ToString());
    }

    [Fact]
    public async Task Slow_Upstream_Is502AfterTheTimeout()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = async context =>
        {
            await using var gone = context.RequestAborted.Register(() => asked.TrySetResult());
            await asked.Task;
        };
        await using var gateway = await ForwardingTests.StartAsync(upstream, Gateway.AnyModel, ("InferenceGateway:FirstByteTimeout", "00:00:01"));

        var response = await gateway.PostAsync(Gateway.Chat("tiny"));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await asked.Task; // the upstream call was given up as well
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    public async Task Whole_AnswerThatIsNoObject_Is502(string body)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = context => context.Response.WriteAsync(body);
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        Assert.Equal(HttpStatusCode.BadGateway, (await gateway.PostAsync(Gateway.Chat("tiny"))).StatusCode);
    }

    [Theory]
    [InlineData("""{"error":{"message":"sk-live-1234"}}""")]
    [InlineData("not json")]
    [InlineData(null)]
    public async Task Stream_ThatBreaks_EndsWithAnErrorEventAndNoDone(string? second)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream(second is null ? [FakeUpstream.Delta("half")] : [FakeUpstream.Delta("half"), second]);
        await using var gateway = await ForwardingTests.StartAsync(upstream);

        var seen = await ServerSentEvents.ReadAsync(await gateway.PostAsync(Gateway.Chat("tiny", stream: true)));

        Assert.Equal("upstream_unreachable", JsonNode.Parse(seen[^1])!["error"]!["code"]!.ToString());
        Assert.DoesNotContain("[DONE]", seen);
        Assert.DoesNotContain(seen, data => data.Contains("sk-live", StringComparison.Ordinal));
        Assert.Equal("failed", Assert.Single(gateway.Receipts()).Facts["outcome"]);
    }

    [Fact]
    public async Task Stream_PastTheBudget_IsCutWithAnErrorEvent()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Stream([.. Enumerable.Repeat(FakeUpstream.Delta(new string('x', 400)), 50), "[DONE]"]);
        await using var gateway = await ForwardingTests.StartAsync(upstream, "inference: { models: [tiny], maxTokens: 1000 }");

        var seen = await ServerSentEvents.ReadAsync(await gateway.PostAsync(Gateway.Chat("tiny", stream: true)));

        Assert.Equal("token_budget_exceeded", JsonNode.Parse(seen[^1])!["error"]!["code"]!.ToString());
        Assert.InRange(seen.Count, 8, 11);
        var receipt = Assert.Single(gateway.Receipts());
        Assert.Equal("cut", receipt.Facts["outcome"]);
        Assert.InRange(receipt.Number("tokens"), 800, 1000);
    }

    [Fact]
    public async Task Session_Closed_EndsTheUpstreamCall()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.OnChat = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await FakeUpstream.SendAsync(context, FakeUpstream.Delta("one"));
            await using var gone = context.RequestAborted.Register(() => ended.TrySetResult());
            await ended.Task;
        };
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Gateway.Body(Gateway.Chat("tiny", stream: true)) };
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();

        await gateway.Component.CloseSessionAsync(gateway.Session.Id, "killed");

        await ended.Task;
        await Assert.ThrowsAnyAsync<IOException>(() => reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("SECUREAGENT_INFERENCE_UPSTREAM", "ftp://127.0.0.1/v1")]
    [InlineData("SECUREAGENT_INFERENCE_UPSTREAM", "http://user:pass@127.0.0.1/v1")]
    [InlineData("SECUREAGENT_INFERENCE_UPSTREAM", "127.0.0.1:8080")]
    [InlineData("SECUREAGENT_INFERENCE_SECRET", "key")]
    public async Task BadSettings_StopTheStart(string key, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Gateway.StartAsync(Gateway.AnyModel, null, (key, value)));

        Assert.Contains("--model-url", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("user:pass", error.ToString(), StringComparison.Ordinal);
    }

    private static string ClosedPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }
}
