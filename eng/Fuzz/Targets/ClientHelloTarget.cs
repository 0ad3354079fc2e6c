using System.Net.Security;
using SecureAgent.EgressProxy.Tls;

namespace SecureAgent.Fuzz;

internal static class ClientHelloTarget
{
    private const int RecordHeader = 5;

    public static FuzzTarget Target { get; } = new(
        "client-hello", [Of("origin.test"), Of(""), Of(new string('a', 60) + ".test"), Split(Of("origin.test"), 60), Split(Of("origin.test"), 1)],
        [
            [22, 3, 1], [0, 0], [0xff, 0xff], [0xfe, 0x0d, 0, 1, 0], [0xff, 0xce, 0, 0], [0, 0, 0, 14, 0, 12, 0, 0, 9, .. "evil.test"u8], [0, 21, 0, 4, 0, 0, 0, 0], [1, 0, 0, 1],
        ],
        Check);

    private static bool Check(byte[] bytes, int random)
    {
        var whole = ClientHello.Parse(bytes);
        var part = ClientHello.Parse(bytes.AsSpan(0, random % (bytes.Length + 1)));
        FuzzTarget.Require(part.Status == HelloStatus.Incomplete || part == whole, $"a beginning is {part}, all of it {whole}");

        // How a message is cut into records means nothing.
        if (bytes.Length > RecordHeader && whole.Status == HelloStatus.Complete && bytes.Length - RecordHeader == ((bytes[3] << 8) | bytes[4]))
        {
            var split = Split(bytes, 1 + (random % 700));
            FuzzTarget.Require(split.Length > ClientHello.MaxLength || ClientHello.Parse(split) == whole, $"{whole} is {ClientHello.Parse(split)} when its records are smaller");
        }

        return whole.Status == HelloStatus.Complete;
    }

    private static byte[] Split(byte[] hello, int size) =>
        [.. hello[RecordHeader..].Chunk(size).SelectMany(piece => (byte[])[22, hello[1], hello[2], (byte)(piece.Length >> 8), (byte)piece.Length, .. piece])];

    /// <summary>What the framework's own client writes first.</summary>
    private static byte[] Of(string name)
    {
        using var captured = new CaptureStream();
        using var tls = new SslStream(captured);
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions { TargetHost = name });
        }
        catch (IOException)
        {
            // There is nobody to answer.
        }

        return captured.Written.ToArray();
    }
}
