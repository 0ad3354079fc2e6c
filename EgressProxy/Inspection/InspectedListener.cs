using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>Two Kestrel endpoints without an address, for TLS and for plain HTTP: connections come by hand, from tunnels that are to be looked into.</summary>
internal sealed class InspectedListener : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly Channel<ConnectionContext> secure = NewQueue();
    private readonly Channel<ConnectionContext> plain = NewQueue();
    private readonly SocketConnectionContextFactory connections;

    public InspectedListener(ILoggerFactory loggers) => connections = new SocketConnectionContextFactory(
        new SocketConnectionFactoryOptions(), loggers.CreateLogger("SecureAgent.InspectedTransport"));

    public static EndPoint Secure { get; } = new InspectedEndPoint("inspected:tls");

    public static EndPoint Plain { get; } = new InspectedEndPoint("inspected:http");

    public bool CanBind(EndPoint endpoint) => endpoint is InspectedEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new Listener(endpoint, endpoint == Secure ? secure : plain));

    public ConnectionContext Wrap(Socket socket) => connections.Create(socket);

    /// <summary>Serves the connection in Kestrel to its end. What was read of it must have been left unconsumed.</summary>
    public async Task ServeAsync(ConnectionContext connection, bool isTls)
    {
        var handed = new HandedConnection(connection);
        if (!(isTls ? secure : plain).Writer.TryWrite(handed))
        {
            await connection.DisposeAsync();
            return;
        }

        await handed.Ended;
    }

    public void Dispose() => connections.Dispose();

    private static Channel<ConnectionContext> NewQueue() =>
        Channel.CreateBounded<ConnectionContext>(new BoundedChannelOptions(4096) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private sealed class Listener(EndPoint endpoint, Channel<ConnectionContext> queue) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await queue.Reader.WaitToReadAsync(cancellationToken) && queue.Reader.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            queue.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    private sealed class InspectedEndPoint(string name) : EndPoint
    {
        public override string ToString() => name;
    }
}
