using System.Net;
using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>Connects to judged addresses, in their order, within one time limit.</summary>
internal static class Dialer
{
    /// <summary>Throws <see cref="DestinationUnreachableException"/>, and <see cref="OperationCanceledException"/> when the caller gave up.</summary>
    public static async Task<Socket> DialAsync(
        IReadOnlyList<IPAddress> addresses, int port, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), both.Token);
                return socket;
            }
            catch (SocketException error)
            {
                socket.Dispose();
                last = error;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                socket.Dispose();
                throw new DestinationUnreachableException($"no connection within {timeout.TotalSeconds:0.#} s", isTimeout: true, last);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new DestinationUnreachableException(last?.Message ?? "there is no address to connect to", last?.SocketErrorCode == SocketError.TimedOut, last);
    }
}

/// <summary>An allowed destination did not answer.</summary>
internal sealed class DestinationUnreachableException(string message, bool isTimeout, Exception? inner = null) : IOException(message, inner)
{
    public bool IsTimeout { get; } = isTimeout;
}
