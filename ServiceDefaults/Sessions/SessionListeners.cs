using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// A changing set of Unix sockets, one a session, under one Kestrel. Whatever arrives on a socket is that session: there is
/// nothing to steal, forge or replay. Closing a session unlinks its socket and cuts its connections.
/// </summary>
internal sealed partial class SessionListeners(SessionSocketOptions options, TimeProvider time, ILoggerFactory loggers)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketConnectionContextFactory connections = new(
        new SocketConnectionFactoryOptions { IOQueueCount = 0 }, loggers.CreateLogger("SecureAgent.SessionTransport"));

    private readonly Channel<ConnectionContext> http1 = NewQueue();
    private readonly Channel<ConnectionContext> http2 = NewQueue();
    private readonly ILogger log = loggers.CreateLogger<SessionListeners>();

    public void Dispose() => connections.Dispose();

    public bool CanBind(EndPoint endpoint) => endpoint is SessionEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(
            new QueueListener(endpoint, endpoint == SessionEndPoint.Http2 ? http2 : http1));

    /// <summary>Listens on the session's socket and accepts until <see cref="SessionContext.Closed"/>.</summary>
    public string Open(SessionContext session, string component)
    {
        var path = Contracts.RunLayout.SessionSocket(session.Directory, component);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (OperatingSystem.IsLinux() && session.SandboxUid != Libc.EffectiveUserId())
            {
                Libc.ChangeOwner(path, session.SandboxUid);
            }

            listener.Listen(256);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        session.Closed.Register(() =>
        {
            File.Delete(path);
            listener.Dispose();
            foreach (var connection in session.Connections.Values)
            {
                connection.Abort(new ConnectionAbortedException("The session was closed."));
            }
        });
        _ = AcceptAsync(session, listener);
        return path;
    }

    private async Task AcceptAsync(SessionContext session, Socket listener)
    {
        try
        {
            while (!session.Closed.IsCancellationRequested)
            {
                var socket = await listener.AcceptAsync(session.Closed);
                if (!Admit(session, socket))
                {
                    socket.Dispose();
                    continue;
                }

                Track(session, connections.Create(socket));
            }
        }
        catch (Exception error) when (session.Closed.IsCancellationRequested && error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closing the session ends its accept loop.
        }
        catch (Exception error)
        {
            // Nothing is accepted any more: the plane is denied for this session.
            LogAcceptFailed(error, session.Id);
            listener.Dispose();
        }
    }

    private bool Admit(SessionContext session, Socket socket)
    {
        if (OperatingSystem.IsLinux()
            && (!Libc.TryGetPeer(socket.Handle, out var peer) || peer.UserId != session.SandboxUid))
        {
            LogWrongPeer(session.Id, session.SandboxUid);
            return false;
        }

        if (session.Connections.Count >= options.MaxConnectionsPerSession)
        {
            LogTooMany(session.Id, options.MaxConnectionsPerSession);
            return false;
        }

        return true;
    }

    private void Track(SessionContext session, ConnectionContext connection)
    {
        connection.SetOrigin(ConnectionOrigin.Session);
        connection.Features.Set(new SessionFeature(session));
        session.Connections[connection.ConnectionId] = connection;
        connection.ConnectionClosed.Register(() => session.Connections.TryRemove(connection.ConnectionId, out _));
        if (session.Closed.IsCancellationRequested)
        {
            connection.Abort();
            return;
        }

        if (options.Http2)
        {
            _ = DispatchAsync(connection, session.Closed);
        }
        else
        {
            Enqueue(http1, connection);
        }
    }

    /// <summary>Looks at the first bytes: the HTTP/2 preface (RFC 9113 §3.4) goes one way, all else the other. Nothing is consumed.</summary>
    private async Task DispatchAsync(ConnectionContext connection, CancellationToken closed)
    {
        try
        {
            using var limit = new CancellationTokenSource(options.PrefaceTimeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closed);
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync(both.Token);
                var kind = Http2Preface.Detect(read.Buffer);
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, kind is null ? read.Buffer.End : read.Buffer.Start);
                if (kind is { } isHttp2)
                {
                    Enqueue(isHttp2 ? http2 : http1, connection);
                    return;
                }

                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException)
        {
            LogPrefaceEnded(connection.ConnectionId, error.Message);
        }

        await connection.DisposeAsync();
    }

    private void Enqueue(Channel<ConnectionContext> queue, ConnectionContext connection)
    {
        if (!queue.Writer.TryWrite(connection))
        {
            LogQueueFull(connection.ConnectionId);
            connection.Abort();
        }
    }

    private static Channel<ConnectionContext> NewQueue() =>
        Channel.CreateBounded<ConnectionContext>(new BoundedChannelOptions(4096) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private sealed class QueueListener(EndPoint endpoint, Channel<ConnectionContext> queue) : IConnectionListener
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

    [LoggerMessage(1, LogLevel.Error, "Session {Session}: its socket stopped accepting; the plane is denied for it")]
    private partial void LogAcceptFailed(Exception error, string session);

    [LoggerMessage(2, LogLevel.Warning, "Session {Session}: a connection by another user than uid {Uid} was refused")]
    private partial void LogWrongPeer(string session, uint uid);

    [LoggerMessage(3, LogLevel.Warning, "Session {Session}: more than {Limit} connections; one was refused")]
    private partial void LogTooMany(string session, int limit);

    [LoggerMessage(4, LogLevel.Debug, "Connection {Connection} ended before its first bytes: {Why}")]
    private partial void LogPrefaceEnded(string connection, string why);

    [LoggerMessage(5, LogLevel.Warning, "Connection {Connection} refused: the accept queue is full")]
    private partial void LogQueueFull(string connection);
}
