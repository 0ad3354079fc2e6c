using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>A Unix socket only this server's user may use: mode 0600 (by umask) in a 0700 directory, and the peer's uid checked at accept.</summary>
public static class ControlSocket
{
    public const int MaxPathBytes = 107;

    public static void ListenControl(this KestrelServerOptions kestrel, string path, HttpProtocols protocols = HttpProtocols.Http2)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            throw new StartupException($"socket path '{path}' is longer than {MaxPathBytes} bytes; choose a shorter run directory with --data");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(path);
        kestrel.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
                if (socket is null || !IsOwnUser(socket))
                {
                    connection.Abort();
                    return Task.CompletedTask;
                }

                return next(connection);
            });
            listen.TagOrigin(ConnectionOrigin.Control);
        });
    }

    private static bool IsOwnUser(Socket socket) =>
        UnixSocketCalls.PeerOf(socket) is { } peer && peer.UserId == Libc.EffectiveUserId();
}
