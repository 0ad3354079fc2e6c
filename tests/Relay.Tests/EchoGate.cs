using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.Testing;

namespace SecureAgent.Relay.Tests;

/// <summary>A gate that says whose connection it is, and gives back what it is sent.</summary>
internal sealed class EchoGate : ISessionGate
{
    public const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default: {}
        """;

    public static Task<TestComponent> StartAsync(TestCluster cluster) => TestComponent.StartAsync("echo-gate", Create, settings: cluster.Door);

    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private static WebApplication Create(string[] args)
    {
        var builder = ServiceApp.CreateBuilder("echo-gate", args);
        builder.AddSessions<EchoGate>();
        builder.Services.AddSingleton<IRawConnections, EchoAtTheEnd>();
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGet("/who", (HttpContext context) => context.Session().Id).ServeOn(ConnectionOrigin.Session);
        app.MapPost("/echo", (HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body)).ServeOn(ConnectionOrigin.Session);
        return app;
    }

    /// <summary>Answers only when the other side has said all: a connection that is not half-closed gets nothing.</summary>
    private sealed class EchoAtTheEnd : IRawConnections
    {
        public bool Claims(ReadOnlySpan<byte> firstBytes) => firstBytes[0] == '!';

        public async Task ServeAsync(SessionContext session, Socket socket)
        {
            using var all = new MemoryStream();
            await using var stream = new NetworkStream(socket);
            await stream.CopyToAsync(all);
            await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(session.Id), .. all.ToArray()]);
        }
    }
}
