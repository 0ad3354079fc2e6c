using System.Net;
using System.Text;
using SecureAgent.EgressProxy.Preface;

namespace SecureAgent.Fuzz;

internal static class SocksTargets
{
    public static FuzzTarget Greeting { get; } = new(
        "socks-greeting", FuzzTargets.Bytes("\x05\x01\0", "\x05\x02\0\x02rest", "\x05\x01\x02", "\x05\xff\x01", "\x04\x01"), FuzzTargets.Bytes("\x05", "\0", "\x02", "\xff"), CheckGreeting);

    public static FuzzTarget Request { get; } = new(
        "socks-request",
        FuzzTargets.Bytes(
            "\x05\x01\0\x03\x06" + "a.test\x01\xbb", "\x05\x01\0\x01\x7f\0\0\x01\x01\xbbrest", $"\x05\x01\0\x04{new string('\0', 15)}\x01\x01\xbb", "\x05\x02\0\x03\x01" + "a\0\0", "\x05\x03\0\x02xx"),
        FuzzTargets.Bytes("\x05", "\0", "\x03", "\x04", "\x01", "\xff", "a.test", "127.0.0.1", "\r\n"), CheckRequest);

    private static bool CheckGreeting(byte[] bytes, int random)
    {
        var whole = SocksGreeting.Parse(bytes);
        RequireSteady(SocksGreeting.Parse(bytes.AsSpan(0, random % (bytes.Length + 1))), whole);
        FuzzTarget.Require(
            whole.Status != HeadStatus.Complete || (whole.Length == 2 + bytes[1] && whole.IsOpen == bytes.AsSpan(2, whole.Length - 2).Contains((byte)0)), $"{whole} is not what was sent");
        return whole.Status == HeadStatus.Complete;
    }

    private static bool CheckRequest(byte[] bytes, int random)
    {
        var whole = SocksRequest.Parse(bytes);
        RequireSteady(SocksRequest.Parse(bytes.AsSpan(0, random % (bytes.Length + 1))), whole);
        if (whole.Status == HeadStatus.Complete)
        {
            byte[] again = [5, whole.Command, 0, bytes[3], .. Address(whole.Host, bytes[3]), (byte)(whole.Port >> 8), (byte)whole.Port];
            FuzzTarget.Require(again.AsSpan().SequenceEqual(bytes.AsSpan(0, whole.Length)), $"{whole}, written out again, is {Convert.ToHexString(again)}");
        }

        return whole.Status == HeadStatus.Complete;
    }

    private static byte[] Address(string host, byte type) => type == 3
        ? [(byte)host.Length, .. Encoding.ASCII.GetBytes(host)]
        : IPAddress.Parse(host).GetAddressBytes();

    private static void RequireSteady<THead>(THead part, THead whole)
        where THead : struct, IHead, IEquatable<THead> =>
        FuzzTarget.Require(part.Status == HeadStatus.Incomplete || part.Equals(whole), $"a beginning is {part}, all of it {whole}");
}
