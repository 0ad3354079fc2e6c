using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.InferenceGateway.Tests.Upstream;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.InferenceGateway.Tests.Chat;

/// <summary>No record, no answer.</summary>
public sealed class FailClosedTests
{
    [Fact]
    public async Task Audit_Gone_NeitherPromptNorAnswerPasses()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(Gateway.Chat("tiny"))).StatusCode);

        Break(gateway);
        var chat = await gateway.PostAsync(Gateway.Chat("tiny"));
        var refused = await gateway.PostAsync("{}");
        var models = await gateway.Http.GetAsync("v1/models");

        Assert.All([chat, refused, models], response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        Assert.Equal("audit_unavailable", (await gateway.ErrorAsync(chat))["code"]!.ToString());
        Assert.Single(upstream.Requests, request => request.Method == "POST");
    }

    [Fact]
    public async Task Audit_GoneBeforeTheReceiptOfAWholeAnswer_KeepsTheAnswer()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        upstream.OnChat = context =>
        {
            Break(gateway);
            return context.Response.WriteAsync(FakeUpstream.Completion);
        };

        var response = await gateway.PostAsync(Gateway.Chat("tiny"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.DoesNotContain("four", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/chat/completions", """{"model":"tiny","stream":true,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("v1/messages", """{"model":"tiny","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("v1/responses", """{"model":"tiny","stream":true,"input":"x"}""")]
    public async Task Audit_GoneInTheMiddleOfAStream_BreaksItOffWithoutItsEnd(string route, string body)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        var begun = new TaskCompletionSource();
        upstream.OnChat = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await FakeUpstream.SendAsync(context, FakeUpstream.Delta("half"));
            await begun.Task;
            Break(gateway);
            await FakeUpstream.SendAsync(context, "[DONE]");
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = Gateway.Body(body) };
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        begun.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("v1/messages", """{"model":"tiny","max_tokens":9,"messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("v1/messages/count_tokens", """{"model":"tiny","messages":[{"role":"user","content":"x"}]}""")]
    [InlineData("v1/responses", """{"model":"tiny","input":"x"}""")]
    public async Task Audit_Gone_IsSoInEveryDialect(string route, string body)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var gateway = await ForwardingTests.StartAsync(upstream);
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(body, route)).StatusCode);
        var asked = upstream.Requests.Count;

        Break(gateway);
        var response = await gateway.PostAsync(body, route);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("audit_unavailable", (await gateway.ErrorAsync(response))["code"]!.ToString());
        Assert.Equal(asked, upstream.Requests.Count);
    }

    /// <summary>A closed log is a log that cannot be written.</summary>
    private static void Break(Gateway gateway) => gateway.Component.Services.GetRequiredService<AuditLog>().Dispose();
}
