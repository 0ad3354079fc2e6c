using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Preface;

/// <summary>Reads a CONNECT head from a socket and not one byte more: what follows belongs to the tunnel.</summary>
internal static class HeadReader
{
    /// <summary>Incomplete when the client went away before the end.</summary>
    public static async Task<ConnectHead> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[ConnectHead.MaxLength];
        var have = 0;
        while (have < buffer.Length)
        {
            var seen = await socket.ReceiveAsync(buffer.AsMemory(have), SocketFlags.Peek, cancellationToken);
            if (seen == 0)
            {
                return default;
            }

            var head = ConnectHead.Parse(buffer.AsSpan(0, have + seen));
            var take = head.Status == HeadStatus.Complete ? head.Length - have : seen;
            have += await socket.ReceiveAsync(buffer.AsMemory(have, take), SocketFlags.None, cancellationToken);
            if (head.Status != HeadStatus.Incomplete)
            {
                return head;
            }
        }

        return ConnectHead.Parse(buffer);
    }
}
