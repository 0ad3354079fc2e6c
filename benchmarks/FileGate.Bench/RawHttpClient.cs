using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SecureAgent.FileGate.Bench;

/// <summary>
/// GET over one kept connection, as little client as there can be, so that the servers are what is measured. One request at a time. It blocks its thread:
/// an asynchronous one wakes two threads of its own an answer, and over a Unix socket one more when the server takes the request.
/// </summary>
internal sealed class RawHttpClient : IDisposable
{
    private readonly Socket socket;
    private readonly byte[] buffer = new byte[256 * 1024];

    private RawHttpClient(Socket socket) => this.socket = socket;

    public static RawHttpClient Connect(EndPoint server)
    {
        var socket = server is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        return new RawHttpClient(socket);
    }

    public static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET /v1/files/{path} HTTP/1.1\r\nHost: bench\r\n\r\n");

    /// <summary>Sends the request and takes the whole answer. Throws unless it is a 200 with a body of that length.</summary>
    public void Request(byte[] request, long expected)
    {
        socket.Send(request);
        var (read, bodyAt) = (0, -1);
        while (bodyAt < 0)
        {
            read += Receive(buffer.AsSpan(read));
            bodyAt = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
        }

        var length = ContentLength(buffer.AsSpan(0, bodyAt + 2));
        if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8) || length != expected)
        {
            throw new InvalidDataException(Encoding.UTF8.GetString(buffer.AsSpan(0, read)));
        }

        for (var left = length - (read - bodyAt - 4); left > 0;)
        {
            left -= Receive(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
        }
    }

    public void Dispose() => socket.Dispose();

    private int Receive(Span<byte> into) =>
        socket.Receive(into) is > 0 and var length ? length : throw new EndOfStreamException("the server closed the connection");

    private static long ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 16)..], out long length, out _) ? length : throw new InvalidDataException("no Content-Length");
    }
}
