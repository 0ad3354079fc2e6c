using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Preface;

/// <summary>What begins a connection and says where it goes.</summary>
internal interface IHead
{
    HeadStatus Status { get; }

    /// <summary>Bytes of it; only when complete.</summary>
    int Length { get; }
}

/// <param name="bytes">Everything received so far; what follows the head is not looked at.</param>
internal delegate THead HeadParser<out THead>(ReadOnlySpan<byte> bytes);

/// <summary>Reads a head from a socket and not one byte more: what follows belongs to the tunnel.</summary>
internal static class HeadReader
{
    /// <summary>Incomplete when the client went away before the end.</summary>
    public static async Task<THead> ReadAsync<THead>(Socket socket, int maxLength, HeadParser<THead> parse, CancellationToken cancellationToken)
        where THead : struct, IHead
    {
        var buffer = new byte[maxLength];
        var have = 0;
        while (have < buffer.Length)
        {
            var seen = await socket.ReceiveAsync(buffer.AsMemory(have), SocketFlags.Peek, cancellationToken);
            if (seen == 0)
            {
                return default;
            }

            var head = parse(buffer.AsSpan(0, have + seen));
            var take = head.Status == HeadStatus.Complete ? head.Length - have : seen;
            have += await socket.ReceiveAsync(buffer.AsMemory(have, take), SocketFlags.None, cancellationToken);
            if (head.Status != HeadStatus.Incomplete)
            {
                return head;
            }
        }

        return parse(buffer);
    }
}
