using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Relay.Relaying;
using SecureAgent.Testing;

namespace SecureAgent.Relay.Tests;

/// <summary>The relay, really running, with one route.</summary>
internal sealed class RunningRelay : IAsyncDisposable
{
    private readonly WebApplication app;

    private RunningRelay(WebApplication app) => this.app = app;

    public IPEndPoint Port => new(IPAddress.Loopback, app.Services.GetRequiredService<LoopbackRelays>().Ports.Single());

    public Uri Health => new(app.Urls.Single());

    /// <summary>What the agent's programs have as a client.</summary>
    public HttpClient Agent => new() { BaseAddress = new Uri($"http://127.0.0.1:{Port.Port}/") };

    public static async Task<RunningRelay> StartAsync(TestCluster cluster, int gatePort)
    {
        var app = RelayHosting.Create(
        [
            string.Create(CultureInfo.InvariantCulture, $"--{RelayOptions.Relays}=0=localhost:{gatePort}"),
            $"--{RelayOptions.AuthorityVariable}={cluster.AuthorityFile}", $"--{RelayOptions.TokenVariable}={cluster.TokenFile}", "--urls=http://127.0.0.1:0",
        ]);
        await app.StartAsync();
        return new RunningRelay(app);
    }

    /// <summary>Whether a connection of the agent is closed without a byte.</summary>
    public async Task<bool> IsClosedAsync()
    {
        using var agent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await agent.ConnectAsync(Port);
        try
        {
            return await agent.ReceiveAsync(new byte[1]) == 0;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
