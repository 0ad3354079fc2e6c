using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>A loopback TCP port that serves HTTP/1.1 (health) and HTTP/2 with prior knowledge (gRPC) alike.</summary>
internal sealed class ServiceEndPoint(int port) : IPEndPoint(IPAddress.Loopback, port)
{
    /// <summary>The virtual endpoint that gets the HTTP/2 connections of every service port.</summary>
    public static EndPoint Http2 { get; } = new VirtualEndPoint();

    private sealed class VirtualEndPoint : EndPoint
    {
        public override string ToString() => "service:h2";
    }
}

/// <summary>Accepts on the service ports and hands each connection to the Kestrel endpoint of the protocol it speaks.</summary>
internal sealed partial class ServiceListeners : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory sockets;
    private readonly ConnectionQueues queues;
    private readonly ILogger log;

    public ServiceListeners(TimeProvider time, ILoggerFactory loggers)
    {
        log = loggers.CreateLogger<ServiceListeners>();
        sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        queues = new ConnectionQueues(TimeSpan.FromSeconds(30), time, log);
    }

    public bool CanBind(EndPoint endpoint) => endpoint is ServiceEndPoint || endpoint == ServiceEndPoint.Http2;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not ServiceEndPoint service)
        {
            return queues.Http2Listener(endpoint);
        }

        var listener = await sockets.BindAsync(new IPEndPoint(service.Address, service.Port), cancellationToken);
        _ = AcceptAsync(listener);
        return queues.Http1Listener(listener.EndPoint, async () => await listener.UnbindAsync(CancellationToken.None));
    }

    public static void Listen(KestrelServerOptions kestrel, int port)
    {
        kestrel.Listen(new ServiceEndPoint(port), listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.TagOrigin(ConnectionOrigin.Service);
        });
    }

    public static void ListenHttp2(KestrelServerOptions kestrel) => kestrel.Listen(ServiceEndPoint.Http2, listen =>
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.TagOrigin(ConnectionOrigin.Service);
    });

    private async Task AcceptAsync(IConnectionListener listener)
    {
        try
        {
            while (await listener.AcceptAsync() is { } connection)
            {
                _ = queues.DispatchAsync(connection, CancellationToken.None);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            LogAcceptFailed(error, listener.EndPoint.ToString() ?? "");
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The service endpoint {EndPoint} stopped accepting; its callers are denied")]
    private partial void LogAcceptFailed(Exception error, string endPoint);
}
