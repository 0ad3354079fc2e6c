using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>The smallest gate: says which session a request belongs to.</summary>
internal sealed class SampleGate : ISessionGate
{
    public const string Name = "sample-gate";

    public const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default: {}
        """;

    public Exception? Refusal { get; set; }

    public List<string> Closed { get; } = [];

    public static Task<TestComponent> StartAsync(params (string Key, string Value)[] settings) => TestComponent.StartAsync(Name, Create, service: true, settings);

    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken) =>
        Refusal is null ? ValueTask.CompletedTask : throw Refusal;

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        Closed.Add($"{session.Id} {reason}");
        return ValueTask.CompletedTask;
    }

    private static WebApplication Create(string[] args)
    {
        var builder = ServiceApp.CreateBuilder(Name, args);
        builder.AddSessions<SampleGate>();
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/who", (HttpContext context) => context.Session().Id).ServeOn(ConnectionOrigin.Session);
        app.MapGet("/wait", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("waiting");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }).ServeOn(ConnectionOrigin.Session);
        app.MapGet("/caller", (HttpContext context) => context.Caller() ?? "nobody").ServeOn(ConnectionOrigin.Service);
        app.MapGet("/operator", () => "yes").ServeOn(ConnectionOrigin.Control);
        app.MapGet("/nowhere", () => "yes");
        return app;
    }
}
