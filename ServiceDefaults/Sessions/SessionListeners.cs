using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts.Guest;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// A changing set of Unix sockets, one a session, under one Kestrel. Whatever arrives on a socket is that session: there is
/// nothing to steal, forge or replay. Closing a session unlinks its socket and cuts its connections.
/// </summary>
internal sealed partial class SessionListeners : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private const int FirstBytes = 16;

    /// <summary>The kernel doubles it, up to a limit of its own. With its default, less than two chunks of a file, sender and receiver wait for each other in turns.</summary>
    private const int SendBytes = 512 * 1024;

    private readonly SocketConnectionContextFactory connections;
    private readonly SocketConnectionContextFactory? polled;
    private readonly ConnectionQueues queues;
    private readonly SessionSocketOptions options;
    private readonly TimeProvider time;
    private readonly IRawConnections? raw;
    private readonly ILogger log;

    public SessionListeners(SessionSocketOptions options, TimeProvider time, ILoggerFactory loggers, IRawConnections? raw = null)
    {
        (this.options, this.time, this.raw) = (options, time, raw);
        log = loggers.CreateLogger<SessionListeners>();
        var transport = loggers.CreateLogger("SecureAgent.SessionTransport");
        connections = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions { IOQueueCount = 0 }, transport);
        // Holds a buffer for an idle connection; looking whether there is something to read first is another call a request.
        polled = options.HandleWhilePolling
            ? new SocketConnectionContextFactory(new SocketConnectionFactoryOptions { IOQueueCount = 0, UnsafePreferInlineScheduling = true, WaitForDataBeforeAllocatingBuffer = false }, transport)
            : null;
        queues = new ConnectionQueues(options.PrefaceTimeout, time, log);
    }

    public void Dispose()
    {
        connections.Dispose();
        polled?.Dispose();
    }

    public bool CanBind(EndPoint endpoint) => endpoint is SessionEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(
            endpoint == SessionEndPoint.Http2 ? queues.Http2Listener(endpoint) : queues.Http1Listener(endpoint));

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
                FileOwner.Change(path, session.SandboxUid, session.SandboxUid);
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
            // The cut first: it must happen even when the session's directory is gone already.
            listener.Dispose();
            session.CutConnections();
            Unlink(path);
        });
        _ = AcceptAsync(session, listener);
        return path;
    }

    private static void Unlink(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // The runner removed the session's directory, and the socket with it.
        }
    }

    /// <param name="isHanded">Of the sandbox's loopback, not the session's Unix socket.</param>
    private async Task AcceptAsync(SessionContext session, Socket listener, bool isHanded = false)
    {
        try
        {
            while (!session.Closed.IsCancellationRequested)
            {
                var socket = await listener.AcceptAsync(session.Closed);
                socket.SendBufferSize = SendBytes;
                if (!Admit(session, socket, isHanded))
                {
                    socket.Dispose();
                    continue;
                }

                if (isHanded)
                {
                    socket.NoDelay = true;
                }

                _ = DivertAsync(session, socket, isHanded);
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

    private bool Admit(SessionContext session, Socket socket, bool isHanded)
    {
        if (session.IsFrozen)
        {
            return false;
        }

        if (!isHanded && OperatingSystem.IsLinux()
            && (UnixSocketCalls.PeerOf(socket) is not { } peer || peer.UserId != session.SandboxUid))
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

    /// <summary>Offers the connection to the gate's own protocol by its first bytes, else to Kestrel, which gets HTTP/2 on threads of the pool always.</summary>
    private async Task DivertAsync(SessionContext session, Socket socket, bool isHanded)
    {
        var id = Identifiers.New("raw", 12);
        var handedOver = false;
        session.Connections[id] = socket.Dispose;
        try
        {
            var first = session.IsServed ? await FirstBytesAsync(socket) : [];
            if (!isHanded && HandedListener.IsOffer(first))
            {
                await TakeAsync(session, socket);
            }
            else if (first.Length > 0 && raw?.Claims(first) == true)
            {
                await raw.ServeAsync(session, socket);
            }
            else if (first.Length > 0)
            {
                handedOver = true;
                var isPolled = polled is not null && Http2Preface.Detect(new ReadOnlySequence<byte>(first)) == false;
                Track(session, (isPolled ? polled! : connections).Create(socket), isPolled);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            LogRawEnded(session.Id, error.Message);
        }
        catch (Exception error)
        {
            LogRawFailed(error, session.Id);
        }
        finally
        {
            session.Connections.TryRemove(id, out _);
            if (!handedOver)
            {
                socket.Dispose();
            }
        }
    }

    /// <summary>The first offer, which comes before there is an agent, is the only one.</summary>
    private async Task TakeAsync(SessionContext session, Socket offer)
    {
        if (HandedListener.Take(offer) is not { } listener)
        {
            return;
        }

        if (!session.TryTakeListener())
        {
            listener.Dispose();
            return;
        }

        session.Closed.Register(listener.Dispose);
        _ = AcceptAsync(session, listener, isHanded: true);
        await offer.SendAsync(new[] { Handover.Taken }, session.Closed);
    }

    /// <summary>Empty when the connection ended without a byte. They stay in the socket.</summary>
    private async Task<byte[]> FirstBytesAsync(Socket socket)
    {
        var first = new byte[FirstBytes];
        using var limit = new CancellationTokenSource(options.PrefaceTimeout, time);
        return first[..await socket.ReceiveAsync(first, SocketFlags.Peek, limit.Token)];
    }

    private void Track(SessionContext session, ConnectionContext connection, bool isPolled = false)
    {
        connection.AssignTo(session);
        if (isPolled)
        {
            connection.Features.Set(new PollingThread.PollingTurns());
        }

        session.Connections[connection.ConnectionId] = () => connection.Abort(new ConnectionAbortedException("The session was closed."));
        connection.ConnectionClosed.Register(() => session.Connections.TryRemove(connection.ConnectionId, out _));
        if (!session.IsServed)
        {
            ConnectionQueues.Refuse(connection);
            return;
        }

        if (options.Http2)
        {
            _ = queues.DispatchAsync(connection, session.Closed);
        }
        else
        {
            queues.EnqueueHttp1(connection);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Session {Session}: its socket stopped accepting; the plane is denied for it")]
    private partial void LogAcceptFailed(Exception error, string session);

    [LoggerMessage(2, LogLevel.Warning, "Session {Session}: a connection by another user than uid {Uid} was refused")]
    private partial void LogWrongPeer(string session, uint uid);

    [LoggerMessage(3, LogLevel.Warning, "Session {Session}: more than {Limit} connections; one was refused")]
    private partial void LogTooMany(string session, int limit);

    [LoggerMessage(4, LogLevel.Debug, "Session {Session}: a connection ended: {Why}")]
    private partial void LogRawEnded(string session, string why);

    [LoggerMessage(5, LogLevel.Error, "Session {Session}: a connection failed and was cut")]
    private partial void LogRawFailed(Exception error, string session);
}
