using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace SecureAgent.InferenceGateway.Tests.Upstream;

/// <summary>What the model server was sent.</summary>
internal sealed record Seen(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>An OpenAI-compatible server on a real loopback port that answers as told and remembers what it got.</summary>
internal sealed class FakeUpstream : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeUpstream(WebApplication app) => this.app = app;

    public ConcurrentQueue<Seen> Requests { get; } = new();

    public string Url => app.Urls.Single() + "/v1";

    public Func<HttpContext, Task> OnChat { get; set; } = context => context.Response.WriteAsync(Completion);

    public const string Completion =
        """{"id":"c1","object":"chat.completion","model":"tiny","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18},"extra":"kept"}""";

    public static async Task<FakeUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var fake = new FakeUpstream(builder.Build());
        fake.app.Use(async (context, next) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            fake.Requests.Enqueue(new Seen(
                context.Request.Method, context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await reader.ReadToEndAsync()));
            await next(context);
        });
        fake.app.MapGet("/v1/models", () => Results.Text("""{"object":"list","data":[{"id":"tiny"},{"id":"huge"}]}""", "application/json"));
        fake.app.MapPost("/v1/chat/completions", context => fake.OnChat(context));
        await fake.app.StartAsync();
        return fake;
    }

    /// <summary>Answers with these server-sent events.</summary>
    public void Stream(params string[] events) => OnChat = async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var data in events)
        {
            await SendAsync(context, data);
        }
    };

    public static async Task SendAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }

    public static string Delta(string content) => $$$"""{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"{{{content}}}"},"finish_reason":null}]}""";

    /// <summary>A part of a tool call; id and name stand in the first one.</summary>
    public static string Call(int index, string? id, string? name, string arguments) =>
        $$$"""{"choices":[{"index":0,"delta":{"tool_calls":[{"index":{{{index}}}{{{(id is null ? "" : $",\"id\":\"{id}\",\"type\":\"function\"")}}},"function":{{{{(name is null ? "" : $"\"name\":\"{name}\",")}}}"arguments":"{{{arguments}}}"}}]},"finish_reason":null}]}""";

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
