using System.Buffers.Binary;
using System.Net.Security;
using SecureAgent.Fuzz;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>First bytes of TLS clients: one that the framework's own client wrote, and what can be made of it.</summary>
internal static class Hellos
{
    private const int RecordHeader = 5;
    private const int MaxRecord = 1 << 14;

    /// <summary>The writes of one client, in order.</summary>
    public static byte[][] Make(string kind) => kind switch
    {
        "own name" => [Of("origin.test")],
        "own name in capitals" => [Of("ORIGIN.test")],
        "other name" => [Of("other.test")],
        "name below" => [Of("sub.origin.test")],
        "no name" => [Of("")],
        "address" => [Of("127.0.0.1")],
        "hidden name" => [WithExtension(Of("origin.test"), 0xfe0d, 40)],
        "hidden name, old form" => [WithExtension(Of("origin.test"), 0xffce, 40)],
        "own name, padded" => [WithExtension(Of("origin.test"), 21, 12_000)],
        "own name, two names" => [WithExtension(Of("origin.test"), 0, NameList("other.test"))],
        "own name, split" => [Split(Of("origin.test"), 60)],
        "other name, split" => [Split(Of("other.test"), 60)],
        "no name, split" => [Split(Of(""), 1)],
        "other name, split in the header" => [Split(Of("other.test"), 2)],
        "own name, single bytes" => Singly(Of("origin.test")),
        "other name, single bytes" => Singly(Of("other.test")),
        "hidden name, single bytes" => Singly(WithExtension(Of("origin.test"), 0xfe0d, 40)),
        "cut" => [Of("origin.test")[..40]],
        "oversized" => [Oversized()],
        "empty record" => [[22, 3, 1, 0, 0, .. Of("origin.test")]],
        "not a hello" => [[22, 3, 1, 0, 4, 2, 0, 0, 0]],
        "two messages" => [TwoMessages(Of("origin.test"))],
        "alert first" => [[21, 3, 3, 0, 2, 2, 49]],
        "http" => ["GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n"u8.ToArray()],
        "ssh" => ["SSH-2.0-test\r\n"u8.ToArray()],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such hello"),
    };

    public static byte[] Of(string name)
    {
        using var capture = new CaptureStream();
        using var tls = new SslStream(capture);
        Assert.ThrowsAny<IOException>(() => tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = name }));
        return capture.Written.ToArray();
    }

    /// <summary>The one record cut into records of so many bytes.</summary>
    public static byte[] Split(byte[] hello, int size) =>
    [
        .. hello[RecordHeader..].Chunk(size).SelectMany(piece => (byte[])[22, 3, 1, (byte)(piece.Length >> 8), (byte)piece.Length, .. piece]),
    ];

    private static byte[][] Singly(byte[] hello) => [.. hello.Select(unit => new[] { unit })];

    private static byte[] WithExtension(byte[] hello, ushort type, int length) => WithExtension(hello, type, new byte[length]);

    private static byte[] WithExtension(byte[] hello, ushort type, byte[] content)
    {
        byte[] longer = [.. hello, (byte)(type >> 8), (byte)type, (byte)(content.Length >> 8), (byte)content.Length, .. content];
        var at = RecordHeader + 4 + 2 + 32;
        at += 1 + longer[at];
        at += 2 + BinaryPrimitives.ReadUInt16BigEndian(longer.AsSpan(at));
        at += 1 + longer[at];
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(at), (ushort)(longer.Length - at - 2));
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(3), (ushort)(longer.Length - RecordHeader));
        BinaryPrimitives.WriteUInt16BigEndian(longer.AsSpan(RecordHeader + 2), (ushort)(longer.Length - RecordHeader - 4));
        return longer;
    }

    private static byte[] NameList(string name) =>
        [0, (byte)(name.Length + 3), 0, 0, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)];

    /// <summary>A message that says it is 64 KiB, in full records.</summary>
    private static byte[] Oversized()
    {
        byte[] message = [1, 1, 0, 0, .. new byte[60_000]];
        return [.. message.Chunk(MaxRecord).SelectMany(piece => (byte[])[22, 3, 1, (byte)(piece.Length >> 8), (byte)piece.Length, .. piece])];
    }

    private static byte[] TwoMessages(byte[] hello)
    {
        byte[] both = [.. hello, .. hello[RecordHeader..]];
        BinaryPrimitives.WriteUInt16BigEndian(both.AsSpan(3), (ushort)(both.Length - RecordHeader));
        return both;
    }
}
