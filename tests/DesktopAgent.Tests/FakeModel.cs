using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace SecureAgent.DesktopAgent.Tests;

/// <summary>An OpenAI-compatible model that plays a script: one step a request.</summary>
internal sealed class FakeModel : IAsyncDisposable
{
    private readonly WebApplication app = Servers.Build();
    private readonly ConcurrentQueue<Func<HttpContext, Task>> script = new();

    public string Url => app.Urls.Single() + "/v1";

    public string Models { get; set; } = """{"object":"list","data":[{"id":"tiny"},{"id":"huge"}]}""";

    public int ModelsStatus { get; set; } = StatusCodes.Status200OK;

    /// <summary>Bodies of the chat requests.</summary>
    public ConcurrentQueue<JsonNode> Requests { get; } = new();

    public ConcurrentQueue<string> Authorizations { get; } = new();

    public static async Task<FakeModel> StartAsync()
    {
        var model = new FakeModel();
        model.app.MapGet("/v1/models", () => Results.Text(model.Models, "application/json", statusCode: model.ModelsStatus));
        model.app.MapPost("/v1/chat/completions", async context =>
        {
            model.Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            model.Requests.Enqueue((await JsonNode.ParseAsync(context.Request.Body))!);
            await (model.script.TryDequeue(out var step) ? step(context) : throw new InvalidOperationException("The script is at its end."));
        });
        await model.app.StartAsync();
        return model;
    }

    public FakeModel Calls(params (string Tool, string Arguments)[] calls) => Streams(new JsonArray([.. calls.Select((call, i) => (JsonNode)new JsonObject
    {
        ["index"] = i, ["id"] = $"call_{i}", ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Tool, ["arguments"] = call.Arguments },
    })]));

    public FakeModel Says(params string[] pieces) => Then(async context =>
    {
        foreach (var piece in pieces)
        {
            await SendAsync(context, Chunk(new JsonObject { ["content"] = piece }, null));
        }

        await SendAsync(context, Chunk([], "stop"));
        await SendAsync(context, "[DONE]");
    });

    public FakeModel Fails(int status, string body, string? retryHint = null) => Then(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (retryHint is not null)
        {
            context.Response.Headers["x-should-retry"] = retryHint;
        }

        return context.Response.WriteAsync(body);
    });

    public FakeModel Then(Func<HttpContext, Task> step)
    {
        script.Enqueue(step);
        return this;
    }

    /// <summary>Results of the tools, in the order the last request carried them.</summary>
    public List<string> ToolResults() =>
        [.. Requests.Last()["messages"]!.AsArray().Where(message => message!["role"]!.ToString() == "tool").Select(message => Content(message!["content"]!))];

    public static async Task SendAsync(HttpContext context, string data)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
        }

        await context.Response.WriteAsync($"data: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }

    public static string Chunk(JsonObject delta, string? finish) => new JsonObject
    {
        ["id"] = "c1", ["object"] = "chat.completion.chunk", ["created"] = 0, ["model"] = "tiny",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
    }.ToJsonString();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private FakeModel Streams(JsonArray calls) => Then(async context =>
    {
        await SendAsync(context, Chunk(new JsonObject { ["role"] = "assistant", ["tool_calls"] = calls }, null));
        await SendAsync(context, Chunk([], "tool_calls"));
        await SendAsync(context, "[DONE]");
    });

    private static string Content(JsonNode content) =>
        content is JsonArray parts ? string.Concat(parts.Select(part => part!["text"]!.ToString())) : content.ToString();
}
