using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace SecureAgent.Testing.Vault;

/// <summary>The store's HTTP API on a loopback port, with the answers a real one was seen to give, and faults on demand.</summary>
public sealed class FakeVault : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly FakeVaultApi api;

    private FakeVault(WebApplication app, FakeVaultApi api) => (this.app, this.api) = (app, api);

    public string Address => app.Urls.First();

    public FakeVaultState State => api.State;

    /// <summary>Method and path of every request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Statuses to answer the next requests below <c>/v1/</c> with, health apart.</summary>
    public ConcurrentQueue<int> NextStatuses { get; } = new();

    /// <summary>While set, requests wait for it.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>While set, what was asked is done and its answer waits.</summary>
    public TaskCompletionSource? HoldAnswers { get; set; }

    /// <summary>Set by the first answer that waits.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<FakeVault> StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        var vault = new FakeVault(app, new FakeVaultApi(new FakeVaultState()));
        app.Run(vault.ServeAsync);
        await app.StartAsync();
        return vault;
    }

    public async ValueTask DisposeAsync()
    {
        Hold?.TrySetResult();
        HoldAnswers?.TrySetResult();
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!["/v1/".Length..];
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (Hold is { } hold)
        {
            await hold.Task.WaitAsync(context.RequestAborted);
        }

        if (path != "sys/health" && NextStatuses.TryDequeue(out var status))
        {
            if (status is >= 300 and < 400)
            {
                context.Response.Headers.Location = "http://127.0.0.1:1/v1/elsewhere";
            }

            await AnswerAsync(context, status, new JsonObject { ["errors"] = new JsonArray() });
            return;
        }

        var body = context.Features.Get<IHttpRequestBodyDetectionFeature>()!.CanHaveBody ? await JsonNode.ParseAsync(context.Request.Body) as JsonObject : null;
        var (code, answer) = api.Answer(
            context.Request.Method, path, context.Request.Headers["X-Vault-Token"].ToString(), context.Request.Headers["X-Vault-Namespace"].ToString(), body ?? []);
        if (HoldAnswers is { } later)
        {
            Held.TrySetResult();
            await later.Task.WaitAsync(context.RequestAborted);
        }

        await AnswerAsync(context, code, answer);
    }

    private static async Task AnswerAsync(HttpContext context, int status, JsonObject? answer)
    {
        context.Response.StatusCode = status;
        if (answer is not null)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(answer.ToJsonString());
        }
    }
}
