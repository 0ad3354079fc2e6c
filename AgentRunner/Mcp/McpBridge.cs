using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.AgentRunner.Mcp;

/// <summary>
/// The way from an agent's sandbox to an MCP server in another: Streamable HTTP on a socket in the agent's session directory, which its uid alone may use, and messages on the server's stdin and
/// stdout. Requests go one way; what the server asks or tells by itself does not reach the agent.
/// </summary>
/// <remarks>A web server of its own: nothing else of the runner is served there.</remarks>
internal sealed class McpBridge : IAsyncDisposable
{
    private const int MaxMessage = 4 << 20;
    private const int MaxConnections = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    /// <summary>How long a server that said nothing more may take to be over.</summary>
    public static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private readonly McpClient client;
    private readonly WebApplication app;

    private McpBridge(McpClient client, WebApplication app) => (this.client, this.app) = (client, app);

    public static string SocketIn(string sessionDirectory, string server) => RunLayout.SessionSocket(sessionDirectory, $"mcp-{server}");

    /// <summary>Throws <see cref="SessionRefusedException"/> when the server does not speak MCP.</summary>
    public static async Task<McpBridge> StartAsync(AgentSession server, SessionIdentity agent, McpRecords records, CancellationToken cancellationToken)
    {
        var (input, output) = server.ServerStreams;
        var client = await ConnectAsync(server, new StreamClientTransport(input, new BoundedLines(output, MaxMessage, () => _ = server.EndAsync(EndReasons.OutputLimit))), cancellationToken);
        var path = SocketIn(agent.Directory, server.Plan.Server);
        var app = Build(path, agent.Uid, client, new McpForwarder(client, server, records));
        try
        {
            await app.StartAsync(cancellationToken);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            if (SandboxUids.ServerIsRoot)
            {
                FileOwner.Change(path, agent.Uid, FileOwner.Same);
            }

            return new McpBridge(client, app);
        }
        catch
        {
            await app.DisposeAsync();
            await client.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true)); // connections are cut, not waited for
        await app.DisposeAsync();
        await client.DisposeAsync();
    }

    private static async Task<McpClient> ConnectAsync(AgentSession server, StreamClientTransport transport, CancellationToken cancellationToken)
    {
        try
        {
            var options = new McpClientOptions { ClientInfo = new Implementation { Name = "secure-agent", Version = "1" }, InitializationTimeout = Patience };
            return await McpClient.CreateAsync(transport, options, cancellationToken: cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            var state = await server.EndWithinAsync(EndPatience, cancellationToken) is { } end ? $"it ended with exit code {end.ExitCode}" : failure.Message;
            throw SessionRefusedException.Invalid(
                $"profile {server.Plan.Profile.Name}: the MCP server does not answer as one ({state}); what it said: secure-agent session attach {server.Identity.Id}");
        }
    }

    private static WebApplication Build(string path, uint uid, McpClient client, McpForwarder forwarder)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxMessage;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.ListenUnixSocket(path, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(next => connection =>
                {
                    if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && UnixSocketCalls.PeerOf(socket)?.UserId == uid)
                    {
                        return next(connection);
                    }

                    connection.Abort();
                    return Task.CompletedTask;
                });
            });
        });
        var mcp = builder.Services.AddMcpServer(options =>
        {
            options.ServerInfo = client.ServerInfo;
            options.ServerInstructions = client.ServerInstructions;
        }).WithHttpTransport(transport => transport.Stateless = true);
        forwarder.AddTo(mcp, client.ServerCapabilities);
        var app = builder.Build();
        app.MapMcp("/mcp");
        return app;
    }
}
