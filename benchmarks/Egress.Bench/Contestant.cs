using System.Net;
using System.Net.Sockets;
using System.Text;
using SecureAgent.Bench;

namespace SecureAgent.Egress.Bench;

/// <summary>A proxy that is running, and how to speak to it.</summary>
internal sealed record Contestant(string Name, ServerProcess Process, EndPoint Address)
{
    /// <summary>A tunnel that was let through.</summary>
    public async Task<Socket> OpenAsync(string host, int port)
    {
        var isUnix = Address is UnixDomainSocketEndPoint;
        var socket = new Socket(Address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (!isUnix)
            {
                socket.NoDelay = true;
            }

            await socket.ConnectAsync(Address);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"));
            var answer = new byte[1024];
            var have = 0;
            while (answer.AsSpan(0, have).IndexOf("\r\n\r\n"u8) < 0)
            {
                var read = await socket.ReceiveAsync(answer.AsMemory(have));
                have += read > 0 ? read : throw new InvalidOperationException($"{Name} closed the connection");
            }

            return answer.AsSpan(0, have).StartsWith("HTTP/1."u8) && answer.AsSpan(9, 3).SequenceEqual("200"u8)
                ? socket
                : throw new InvalidOperationException($"{Name} answered: {Encoding.ASCII.GetString(answer, 0, have)}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
