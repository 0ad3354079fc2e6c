using System.Net;

namespace SecureAgent.InferenceGateway.Tests.Chat;

/// <summary>Every way a call is refused: OpenAI's error shape, our reason code, one record.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("", 400, "request_malformed")]
    [InlineData("[]", 400, "request_malformed")]
    [InlineData("{", 400, "request_malformed")]
    [InlineData("""{"model":"m"}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":[]}""", 400, "request_malformed")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"x"}]}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":["x"]}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":[{"role":"operator","content":"x"}]}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":[{"role":"tool","content":"x"}]}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", 400, "request_malformed")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}""", 400, "unsupported")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"web_search"}]}""", 400, "unsupported")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/?leak"}}]}]}""", 400, "unsupported")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]}""", 400, "unsupported")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"\ud800"}]}""", 400, "request_malformed")]
    [InlineData("""{"model":"offline-extractive","model":"m","messages":[{"role":"user","content":"x"}]}""", 400, "request_malformed")]
    public async Task Chat_BadRequest_IsRefusedInOpenAiShapeWithOneRecord(string body, int status, string code)
    {
        await using var gateway = await Gateway.StartAsync();

        var response = await gateway.PostAsync(body);
        var error = await gateway.ErrorAsync(response);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error["code"]!.ToString());
        Assert.Equal("invalid_request_error", error["type"]!.ToString());
        Assert.NotEmpty(error["message"]!.ToString());
        Assert.Equal(code, Assert.Single(gateway.Decisions()).Reason);
    }

    [Fact]
    public async Task Chat_ModelOutsideTheProfile_IsDeniedWithRuleAndWhatToAskFor()
    {
        await using var gateway = await Gateway.StartAsync("inference: { models: [\"llama*\"], maxTokens: 1000 }");

        var response = await gateway.PostAsync(Gateway.Chat());
        var error = await gateway.ErrorAsync(response);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("model_not_allowed", error["code"]!.ToString());
        Assert.Contains("inference", error["rule"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("offline-extractive", error["ask"]!.ToString(), StringComparison.Ordinal);
        var record = Assert.Single(gateway.Decisions());
        Assert.Equal(("deny", "model_not_allowed", "offline-extractive"), (record.Verdict, record.Reason, record.Subject));
        Assert.Empty(gateway.Receipts());
    }

    [Fact]
    public async Task Chat_ProfileWithoutInference_IsDeniedByDefault()
    {
        await using var gateway = await Gateway.StartAsync("honeypots: []");

        var response = await gateway.PostAsync(Gateway.Chat());

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("no_rule", (await gateway.ErrorAsync(response))["code"]!.ToString());
        Assert.True(Assert.Single(gateway.Decisions()).IsDefault);
    }

    [Fact]
    public async Task Chat_BudgetUsedUp_IsDeniedWithoutRetryHint()
    {
        await using var gateway = await Gateway.StartAsync("inference: { models: [\"*\"], maxTokens: 60 }");

        var first = await gateway.PostAsync(Gateway.Chat());
        var response = await gateway.PostAsync(Gateway.Chat());

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        var error = await gateway.ErrorAsync(response);
        Assert.Equal(("insufficient_quota", "token_budget_exceeded"), (error["type"]!.ToString(), error["code"]!.ToString()));
        Assert.Equal(["allow", "deny"], gateway.Decisions().Select(record => record.Verdict));
    }

    [Fact]
    public async Task Chat_BodyOverTheLimit_IsTooLarge()
    {
        await using var gateway = await Gateway.StartAsync(Gateway.AnyModel, null, ("InferenceGateway:MaxRequestBytes", "65536"));

        var response = await gateway.PostAsync(Gateway.Chat(text: new string('x', 70_000)));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("request_too_large", (await gateway.ErrorAsync(response))["code"]!.ToString());
    }

    [Fact]
    public async Task UnknownRoute_IsNotFoundInOpenAiShape()
    {
        await using var gateway = await Gateway.StartAsync();

        var response = await gateway.Http.PostAsync("v1/embeddings", Gateway.Body("{}"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("not_found", (await gateway.ErrorAsync(response))["code"]!.ToString());
    }
}
