using System.Net.Sockets;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>HTTP over a Unix socket.</summary>
public static class UnixSocketHttp
{
    /// <summary>A handler whose every connection goes to <paramref name="path"/>, whatever the URI's host. No proxy, no redirects.</summary>
    public static SocketsHttpHandler Handler(string path) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    /// <summary>Effective uid of this process.</summary>
    public static uint OwnUserId => Libc.EffectiveUserId();
}
