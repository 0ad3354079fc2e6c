using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.Relay.Relaying;

/// <summary>
/// The agent's loopback ports: each connection goes, byte for byte, to its gate. When the gate is away or refuses, the connection is closed
/// at once, which an agent sees on a laptop too.
/// </summary>
internal sealed partial class LoopbackRelays(RelayOptions options, GateConnector connector, ILogger<LoopbackRelays> log) : BackgroundService
{
    /// <summary>At the limit no more are accepted: the next client waits in the kernel's queue.</summary>
    private const int MaxConnections = 1024;

    private readonly List<(GateRoute Route, Socket Listener)> ports = [];
    private readonly SemaphoreSlim slots = new(MaxConnections);

    /// <summary>The ports in use; they differ from the wish only where that is 0.</summary>
    public IReadOnlyList<int> Ports => [.. ports.Select(port => ((IPEndPoint)port.Listener.LocalEndPoint!).Port)];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var route in options.Routes)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            ports.Add((route, listener));
            listener.Bind(new IPEndPoint(IPAddress.Loopback, route.Port));
            listener.Listen(256);
        }

        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        ports.ForEach(port => port.Listener.Dispose());
        slots.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ports.Select(port => AcceptAsync(port.Route, port.Listener, stoppingToken)));

    private async Task AcceptAsync(GateRoute route, Socket listener, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await slots.WaitAsync(stopping);
            try
            {
                _ = ServeAsync(route, await listener.AcceptAsync(stopping), stopping);
            }
            catch (SocketException)
            {
                slots.Release(); // the client was gone before it was accepted
            }
        }
    }

    private async Task ServeAsync(GateRoute route, Socket client, CancellationToken stopping)
    {
        try
        {
            client.NoDelay = true;
            await using var gate = await connector.ConnectAsync(route, stopping);
            if (gate is null)
            {
                LogRefused(route.Host);
                return;
            }

            await DuplexCopy.RunAsync(gate, client);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or SocketException or AuthenticationException or OperationCanceledException or UnauthorizedAccessException)
        {
            LogUnreachable(route.Host, error.Message);
        }
        catch (Exception error)
        {
            LogFailed(error, route.Host);
        }
        finally
        {
            client.Dispose();
            slots.Release();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Gate} refused this pod")]
    private partial void LogRefused(string gate);

    [LoggerMessage(2, LogLevel.Warning, "{Gate} cannot be reached: {Why}")]
    private partial void LogUnreachable(string gate, string why);

    [LoggerMessage(3, LogLevel.Error, "A connection to {Gate} failed and was cut")]
    private partial void LogFailed(Exception error, string gate);
}
