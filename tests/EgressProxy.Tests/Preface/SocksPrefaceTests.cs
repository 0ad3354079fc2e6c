using CsCheck;
using SecureAgent.EgressProxy.Preface;

namespace SecureAgent.EgressProxy.Tests.Preface;

public sealed class SocksPrefaceTests
{
    private static readonly byte[] ToName = [5, 1, 0, 3, 6, .. "a.test"u8, 1, 187];

    [Theory]
    [InlineData("0500", "Malformed", false)]
    [InlineData("04", "Malformed", false)]
    [InlineData("0401005000000001", "Malformed", false)]
    [InlineData("", "Incomplete", false)]
    [InlineData("05", "Incomplete", false)]
    [InlineData("050200", "Incomplete", false)]
    [InlineData("050100", "Complete", true)]
    [InlineData("05020200", "Complete", true)]
    [InlineData("050102", "Complete", false)]
    [InlineData("05010200", "Complete", false)]
    public void Greeting_IsReadToItsEndAndNoFurther(string hex, string status, bool isOpen)
    {
        var greeting = SocksGreeting.Parse(Convert.FromHexString(hex));

        Assert.Equal((status, isOpen), (greeting.Status.ToString(), greeting.IsOpen));
    }

    [Theory]
    [InlineData("05010001 7f000001 01bb", "127.0.0.1", 443)]
    [InlineData("05010003 06 612e74657374 0050", "a.test", 80)]
    [InlineData("05010003 01 61 ffff", "a", 65535)]
    [InlineData("05010004 20010db8000000000000000000000001 01bb", "[2001:db8::1]", 443)]
    [InlineData("05010001 7f000001 01bb ff", "127.0.0.1", 443)]
    [InlineData("05010003 09 3132372e302e302e31 0050", "127.0.0.1", 80)]
    public void Request_WellFormed_IsReadToItsEndAndNoFurther(string hex, string host, int port)
    {
        var bytes = Bytes(hex);
        var request = SocksRequest.Parse(bytes);

        Assert.Equal((HeadStatus.Complete, SocksRequest.Connect, host, port), (request.Status, request.Command, request.Host, request.Port));
        Assert.Equal(bytes[^1] == 0xff && host == "127.0.0.1" ? bytes.Length - 1 : bytes.Length, request.Length);
    }

    [Theory]
    [InlineData("04010001 7f000001 01bb")]
    [InlineData("05010101 7f000001 01bb")]
    [InlineData("05010002 7f000001 01bb")]
    [InlineData("05010000")]
    [InlineData("05010003 00 0050")]
    [InlineData("05010001 7f000001 0000")]
    [InlineData("05010003 06 612e746500 74 0050")]
    [InlineData("05010003 06 612e74652074 0050")]
    [InlineData("05010003 06 612e7465c3a9 0050")]
    [InlineData("05010003 06 612e74650d0a 0050")]
    public void Request_ThatCanBeReadTwoWays_IsMalformed(string hex) => Assert.Equal(HeadStatus.Malformed, SocksRequest.Parse(Bytes(hex)).Status);

    [Fact]
    public void Request_AtItsLongest_FitsTheBuffer()
    {
        byte[] longest = [5, 1, 0, 3, 255, .. Enumerable.Repeat((byte)'a', 255), 1, 187];

        Assert.Equal((SocksRequest.MaxLength, HeadStatus.Complete), (longest.Length, SocksRequest.Parse(longest).Status));
    }

    [Fact]
    public void Preface_OfRandomBytes_ReadsTheSameInOnePieceAndByteByByte() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[0, 3]).Sample(
            (random, known) =>
            {
                byte[] bytes = [.. ToName.AsSpan(0, known == 3 ? 5 : known), .. random];
                return IsSteady<SocksGreeting>(bytes, SocksGreeting.Parse) && IsSteady<SocksRequest>(bytes, SocksRequest.Parse);
            },
            iter: 50_000);

    private static bool IsSteady<THead>(byte[] bytes, HeadParser<THead> parse)
        where THead : struct, IHead
    {
        var whole = parse(bytes);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var part = parse(bytes.AsSpan(0, length));
            if (part.Status != HeadStatus.Incomplete)
            {
                return part.Equals(whole) && part.Length <= length;
            }
        }

        return whole.Status == HeadStatus.Incomplete;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
