using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>
/// Accepted connections on their way to Kestrel: one queue feeds an HTTP/1.1 endpoint, the other an HTTP/2 endpoint. Without TLS there is no ALPN,
/// and Kestrel does not tell the two apart by itself; the client's first bytes do (RFC 9113 §3.4).
/// </summary>
internal sealed partial class ConnectionQueues(TimeSpan prefaceTimeout, TimeProvider time, ILogger log)
{
    private readonly Channel<ConnectionContext> http1 = NewQueue();
    private readonly Channel<ConnectionContext> http2 = NewQueue();

    /// <param name="endpoint">Where Kestrel is told it listens.</param>
    /// <param name="unbind">Also stops what feeds the queue.</param>
    public IConnectionListener Http1Listener(EndPoint endpoint, Func<ValueTask>? unbind = null) => new QueueListener(endpoint, http1, unbind);

    public IConnectionListener Http2Listener(EndPoint endpoint) => new QueueListener(endpoint, http2, null);

    public void EnqueueHttp1(ConnectionContext connection) => Enqueue(http1, connection);

    /// <summary>Looks at the first bytes and queues the connection for the protocol it speaks. Nothing is consumed.</summary>
    public async Task DispatchAsync(ConnectionContext connection, CancellationToken closed)
    {
        try
        {
            using var limit = new CancellationTokenSource(prefaceTimeout, time);
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
            Refuse(connection);
        }
    }

    /// <summary>Aborting alone leaves the descriptor to the finalizer: nobody else has the connection yet.</summary>
    public static void Refuse(ConnectionContext connection)
    {
        connection.Abort();
        _ = connection.DisposeAsync().AsTask();
    }

    private static Channel<ConnectionContext> NewQueue() =>
        Channel.CreateBounded<ConnectionContext>(new BoundedChannelOptions(4096) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private sealed class QueueListener(EndPoint endpoint, Channel<ConnectionContext> queue, Func<ValueTask>? unbind) : IConnectionListener
    {
        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await queue.Reader.WaitToReadAsync(cancellationToken) && queue.Reader.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            queue.Writer.TryComplete();
            return unbind is null ? ValueTask.CompletedTask : unbind();
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    [LoggerMessage(1, LogLevel.Debug, "Connection {Connection} ended before its first bytes: {Why}")]
    private partial void LogPrefaceEnded(string connection, string why);

    [LoggerMessage(2, LogLevel.Warning, "Connection {Connection} refused: the accept queue is full")]
    private partial void LogQueueFull(string connection);
}
