using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Tls;

/// <summary>What a client sent up to the end of its hello. The bytes go on unchanged when it is let through.</summary>
internal sealed record ReceivedHello(ClientHello Hello, ReadOnlyMemory<byte> Bytes);

internal static class HelloReader
{
    private const int FirstBuffer = 2048;

    /// <summary>The same from a pipe, which keeps what was read. Null when the client ended without a byte.</summary>
    public static async Task<ClientHello?> PeekAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var bytes = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ClientHello.MaxLength)).ToArray();
            var hello = ClientHello.Parse(bytes);
            var isOver = read.IsCompleted || hello.Status != HelloStatus.Incomplete;
            input.AdvanceTo(read.Buffer.Start, isOver ? read.Buffer.Start : read.Buffer.End);
            if (isOver)
            {
                return bytes.Length == 0 ? null : hello;
            }
        }
    }

    /// <summary>Null when the client ended without a byte.</summary>
    public static async Task<ReceivedHello?> ReadAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstBuffer];
        var have = 0;
        while (true)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(have), SocketFlags.None, cancellationToken);
            have += read;
            var hello = ClientHello.Parse(buffer.AsSpan(0, have));
            if (read == 0)
            {
                return have == 0 ? null : new ReceivedHello(hello, buffer.AsMemory(0, have));
            }

            if (hello.Status != HelloStatus.Incomplete)
            {
                return new ReceivedHello(hello, buffer.AsMemory(0, have));
            }

            if (have == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, ClientHello.MaxLength));
            }
        }
    }
}
