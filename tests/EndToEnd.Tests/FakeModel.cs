using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>
/// A model server on the wire, with OpenAI's chat completions. Its model asks for one command in the client's own shell tool, and when that has an answer, says that the work is done.
/// </summary>
internal sealed class FakeModel : IAsyncDisposable
{
    public const string Name = "fake-model";
    public const string LastWords = "finished: the work is done";

    private readonly WebApplication app;

    private FakeModel(WebApplication app) => this.app = app;

    public string Url => $"{app.Urls.Single()}/v1";

    /// <summary>What the model has the agent's shell do.</summary>
    public string Command { get; set; } = "true";

    /// <summary>Whether a request came since this was last set to false.</summary>
    public bool IsAsked { get; set; }

    /// <summary>What tools answered, in the order it arrived.</summary>
    public ConcurrentQueue<string> ToolAnswers { get; } = new();

    public static async Task<FakeModel> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var model = new FakeModel(builder.Build());
        model.app.MapGet("/v1/models", () => Results.Text($$"""{"object":"list","data":[{"id":"{{Name}}","object":"model","owned_by":"test"}]}""", "application/json"));
        model.app.MapPost("/v1/chat/completions", model.AnswerAsync);
        await model.app.StartAsync();
        return model;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
        IsAsked = true;
        var last = request["messages"]!.AsArray()[^1]!;
        var isAnswered = last["role"]!.GetValue<string>() == "tool";
        if (isAnswered)
        {
            ToolAnswers.Enqueue(last["content"]!.ToJsonString());
        }

        var shell = isAnswered ? null : (request["tools"] as JsonArray)?.Select(tool => tool!["function"]!["name"]!.GetValue<string>())
            .FirstOrDefault(name => name.Equals("bash", StringComparison.OrdinalIgnoreCase) || name == "exec_command");
        var message = new JsonObject { ["role"] = "assistant" };
        if (shell is null)
        {
            message["content"] = LastWords;
        }
        else
        {
            var arguments = (shell == "exec_command" ? new JsonObject { ["cmd"] = Command } : new JsonObject { ["command"] = Command, ["description"] = "the work" }).ToJsonString();
            message["tool_calls"] = new JsonArray(new JsonObject
            {
                ["index"] = 0, ["id"] = "call_1", ["type"] = "function", ["function"] = new JsonObject { ["name"] = shell, ["arguments"] = arguments },
            });
        }

        var reason = shell is null ? "stop" : "tool_calls";
        if (request["stream"]?.GetValue<bool>() != true)
        {
            await context.Response.WriteAsJsonAsync(Chunk("chat.completion", "message", message, reason), JsonSerializerOptions.Web, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        foreach (var chunk in new[] { Chunk("chat.completion.chunk", "delta", message, null), Chunk("chat.completion.chunk", "delta", [], reason) })
        {
            await context.Response.WriteAsync($"data: {chunk.ToJsonString()}\n\n", context.RequestAborted);
        }

        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    private static JsonObject Chunk(string kind, string member, JsonObject message, string? reason) => new()
    {
        ["id"] = "c1", ["object"] = kind, ["created"] = 1, ["model"] = Name,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, [member] = message, ["finish_reason"] = reason }),
    };
}
