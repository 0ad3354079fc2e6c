using System.Buffers.Binary;
using Yarp.ReverseProxy.Utilities.Tls;

namespace SecureAgent.EgressProxy.Tls;

internal enum HelloStatus
{
    /// <summary>Zero: nothing is known yet.</summary>
    Incomplete = 0,

    /// <summary>The bytes are not the beginning of TLS.</summary>
    NotTls,

    /// <summary>TLS records, but no ClientHello in its one form.</summary>
    Malformed,
    Complete,
}

/// <summary>
/// What a TLS client says in the clear (RFC 8446 §4.1.2, §5.1). Pure. Records are joined before YARP's reader sees them: a hello cut over two of
/// them would look like one without a name.
/// </summary>
/// <param name="ServerName">The name as sent; empty when there is none. Only when complete.</param>
/// <param name="HasEncryptedHello">Whether an encrypted hello (ECH) hides another name behind this one.</param>
internal readonly record struct ClientHello(HelloStatus Status, string ServerName, bool HasEncryptedHello)
{
    /// <summary>Most bytes that are looked at, record headers included.</summary>
    public const int MaxLength = 32 << 10;

    private const int RecordHeader = 5;
    private const int HandshakeHeader = 4;
    private const int MaxRecord = 1 << 14;
    private const byte HandshakeRecord = 22;
    private const byte HelloMessage = 1;
    private const ExtensionType EncryptedClientHello = (ExtensionType)0xfe0d;

    /// <summary>The forerunner of ECH (encrypted_server_name).</summary>
    private const ExtensionType EncryptedServerName = (ExtensionType)0xffce;

    /// <param name="bytes">Everything received so far.</param>
    public static ClientHello Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
        {
            bytes = bytes[..MaxLength];
        }

        // The joined message behind one record header, as one record would have carried it.
        var joined = new byte[RecordHeader + bytes.Length];
        var length = 0;
        var rest = bytes;
        while (true)
        {
            if (!IsHandshakeStart(rest))
            {
                return new ClientHello(length == 0 ? HelloStatus.NotTls : HelloStatus.Malformed, "", false);
            }

            if (rest.Length < RecordHeader)
            {
                return Unfinished(bytes);
            }

            int size = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (size is 0 or > MaxRecord)
            {
                return Malformed;
            }

            var piece = rest[RecordHeader..Math.Min(rest.Length, RecordHeader + size)];
            piece.CopyTo(joined.AsSpan(RecordHeader + length));
            length += piece.Length;
            var message = joined.AsSpan(RecordHeader, length);
            if (length > 0 && message[0] != HelloMessage)
            {
                return Malformed;
            }

            if (piece.Length < size)
            {
                return Unfinished(bytes);
            }

            if (length >= HandshakeHeader && HandshakeHeader + Size24(message[1..]) is var whole && length >= whole)
            {
                return length == whole ? Read(joined, bytes, length) : Malformed;
            }

            rest = rest[(RecordHeader + size)..];
        }
    }

    private static ClientHello Malformed => new(HelloStatus.Malformed, "", false);

    private static ClientHello Unfinished(ReadOnlySpan<byte> bytes) => bytes.Length >= MaxLength ? Malformed : new ClientHello(HelloStatus.Incomplete, "", false);

    private static ClientHello Read(byte[] joined, ReadOnlySpan<byte> bytes, int length)
    {
        if (length > MaxRecord)
        {
            return Malformed;
        }

        bytes[..3].CopyTo(joined);
        BinaryPrimitives.WriteUInt16BigEndian(joined.AsSpan(3), (ushort)length);
        var info = default(TlsFrameHelper.TlsFrameInfo);
        var names = 0;
        var isEncrypted = false;
        bool isRead;
        try
        {
            isRead = TlsFrameHelper.TryGetFrameInfo(
                joined.AsSpan(0, RecordHeader + length), ref info, TlsFrameHelper.ProcessingOptions.ServerName, (ref _, type, _) =>
                {
                    names += type == ExtensionType.ServerName ? 1 : 0;
                    isEncrypted |= type is EncryptedClientHello or EncryptedServerName;
                    return true;
                });
        }
        catch (ArgumentOutOfRangeException)
        {
            // The library slices by lengths that the hello states without asking whether they fit.
            return Malformed;
        }

        var name = info.TargetName ?? "";
        return isRead && names <= 1 && (names == 1) == (name.Length > 0) ? new ClientHello(HelloStatus.Complete, name, isEncrypted) : Malformed;
    }

    /// <summary>Type handshake, major version 3, as far as there are bytes.</summary>
    private static bool IsHandshakeStart(ReadOnlySpan<byte> record) =>
        (record.Length < 1 || record[0] == HandshakeRecord) && (record.Length < 2 || record[1] == 3) && (record.Length < 3 || record[2] <= 4);

    private static int Size24(ReadOnlySpan<byte> bytes) => (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
}
