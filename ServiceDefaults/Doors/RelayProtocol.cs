using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>
/// What a relay says inside TLS before the agent's first byte: the length of its pod's token (two bytes, big endian) and the token. The
/// gate answers one byte and from then on carries bytes, or closes.
/// </summary>
public static class RelayProtocol
{
    public const int LongestToken = 16 * 1024;

    private const byte Accepted = 1;

    /// <summary>Named in the handshake, so that nothing else is taken for a relay.</summary>
    public static SslApplicationProtocol Protocol { get; } = new("secureagent-relay/1");

    public static async Task SendTokenAsync(Stream stream, string token, CancellationToken cancellationToken)
    {
        var bytes = new byte[2 + Encoding.ASCII.GetByteCount(token)];
        if (bytes.Length - 2 is 0 or > LongestToken)
        {
            throw new InvalidDataException("the token is empty or too long");
        }

        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.ASCII.GetBytes(token, bytes.AsSpan(2));
        await stream.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>The token, or null when what came is none.</summary>
    internal static async Task<string?> ReadTokenAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var token = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        if (token.Length is 0 or > LongestToken)
        {
            return null;
        }

        await stream.ReadExactlyAsync(token, cancellationToken);
        return Encoding.ASCII.GetString(token);
    }

    internal static async Task AcceptAsync(Stream stream, CancellationToken cancellationToken) =>
        await stream.WriteAsync(new[] { Accepted }, cancellationToken);

    public static async Task<bool> IsAcceptedAsync(Stream stream, CancellationToken cancellationToken)
    {
        var answer = new byte[1];
        return await stream.ReadAsync(answer, cancellationToken) == 1 && answer[0] == Accepted;
    }
}
