using System.Net.Sockets;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Bench;

/// <summary>nginx with one worker a core, keep-alive without limit and no access log, on a loopback port.</summary>
internal sealed class NginxServer(ServerProcess process, int port) : IAsyncDisposable
{
    public int Port => port;

    /// <returns>Null when nginx is not installed.</returns>
    public static async Task<NginxServer?> StartAsync(string root, string files)
    {
        if (Programs.Find("nginx") is not { } program)
        {
            return null;
        }

        var port = ServerProcess.FreeEndPoint().Port;
        var configuration = Path.Combine(root, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off; worker_processes auto; pid {{root}}/nginx.pid; error_log {{root}}/nginx.log;
            events { worker_connections 1024; }
            http {
              access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 1h;
              client_body_temp_path {{root}}/t1; proxy_temp_path {{root}}/t2; fastcgi_temp_path {{root}}/t3; uwsgi_temp_path {{root}}/t4; scgi_temp_path {{root}}/t5;
              server { listen 127.0.0.1:{{port}}; location /v1/files/ { alias {{files}}/; } }
            }
            """);
        return new NginxServer(await ServerProcess.StartAsync(program, ["-p", root, "-c", configuration], () => IsUpAsync(port)), port);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private static async Task<bool> IsUpAsync(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
