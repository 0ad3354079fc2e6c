using System.Text;
using CsCheck;
using SecureAgent.EgressProxy.Preface;

namespace SecureAgent.EgressProxy.Tests.Preface;

public sealed class ConnectHeadTests
{
    [Theory]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n", "a.test:443", "a.test:443")]
    [InlineData("CONNECT a.test:443 HTTP/1.0\r\n\r\n", "a.test:443", null)]
    [InlineData("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: x y\tz\r\n\r\n", "[::1]:443", "[::1]:443")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nhOST:a.test \r\nProxy-Authorization: Basic Zm9v\r\n\r\nrest \0\n of the tunnel", "a.test:443", "a.test")]
    [InlineData("CONNECT user@a.test:443 HTTP/1.1\r\n\r\n", "user@a.test:443", null)]
    public void Head_WellFormed_IsReadToItsEndAndNoFurther(string text, string target, string? host)
    {
        var head = ConnectHead.Parse(Encoding.Latin1.GetBytes(text));

        Assert.Equal((HeadStatus.Complete, target, host), (head.Status, head.Target, head.Host));
        Assert.Equal(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4, head.Length);
    }

    [Theory]
    [InlineData("CONNECT a.test:443 HTTP/1.1\n\n", "bare LF")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA: b\n\r\n\r\n", "bare LF in a field")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA: b\rc\r\n\r\n", "bare CR")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA: b\0c\r\n\r\n", "NUL")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA: b\x7f\r\n\r\n", "DEL")]
    [InlineData("CONNECT  a.test:443 HTTP/1.1\r\n\r\n", "two spaces")]
    [InlineData("CONNECT a.test:443  HTTP/1.1\r\n\r\n", "two spaces")]
    [InlineData("CONNECT a.test:443 HTTP/1.1 \r\n\r\n", "trailing space")]
    [InlineData("CONNECT a.test:443 HTTP/2.0\r\n\r\n", "version")]
    [InlineData("CONNECT a.test:443 http/1.1\r\n\r\n", "version in lower case")]
    [InlineData("CONNECT a.test:443\r\n\r\n", "no version")]
    [InlineData("CONNECT a.t\u00e9st:443 HTTP/1.1\r\n\r\n", "target not ASCII")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\n folded: x\r\n\r\n", "field begins with a space")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "folded field")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nA : b\r\n\r\n", "space before the colon")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\n: b\r\n\r\n", "no name")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nnothing\r\n\r\n", "no colon")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n", "two hosts")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\nhost: a.test\r\n\r\n", "two hosts alike")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "length")]
    [InlineData("CONNECT a.test:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "coding")]
    [InlineData("CONNECTX a.test:443 HTTP/1.1\r\n\r\n", "another method")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "another method")]
    public void Head_Malformed_IsRefused(string text, string why)
    {
        var head = ConnectHead.Parse(Encoding.Latin1.GetBytes(text));

        Assert.True(head.Status == HeadStatus.Malformed, why);
        Assert.NotEqual("", head.Fault);
    }

    [Fact]
    public void Head_AtItsLongest_IsReadAndOneMoreByteIsNot()
    {
        const string start = "CONNECT a.test:443 HTTP/1.1\r\nA: ";
        var longest = start + new string('x', ConnectHead.MaxLength - start.Length - 4) + "\r\n\r\n";
        var tooLong = start + new string('x', ConnectHead.MaxLength - start.Length - 3) + "\r\n\r\n";

        Assert.Equal(HeadStatus.Complete, ConnectHead.Parse(Encoding.ASCII.GetBytes(longest)).Status);
        Assert.Equal(HeadStatus.Malformed, ConnectHead.Parse(Encoding.ASCII.GetBytes(tooLong)).Status);
        Assert.Equal(HeadStatus.Malformed, ConnectHead.Parse(Encoding.ASCII.GetBytes(tooLong).AsSpan(0, ConnectHead.MaxLength)).Status);
    }

    [Fact]
    public void Head_WithManyFields_IsBounded()
    {
        string With(int fields) => "CONNECT a.test:443 HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", fields)) + "\r\n";

        Assert.Equal(HeadStatus.Complete, ConnectHead.Parse(Encoding.ASCII.GetBytes(With(64))).Status);
        Assert.Equal(HeadStatus.Malformed, ConnectHead.Parse(Encoding.ASCII.GetBytes(With(65))).Status);
    }

    [Fact]
    public void Head_CutAnywhere_IsIncompleteUntilItsLastByte()
    {
        var whole = Encoding.ASCII.GetBytes("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");

        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(HeadStatus.Incomplete, ConnectHead.Parse(whole.AsSpan(0, length)).Status);
        }
    }

    [Fact]
    public void Head_OfRandomBytes_NeverThrowsAndNeverReadsPastTheEnd() =>
        Gen.Byte.Array[0, 300].Sample(
            bytes =>
            {
                var random = ConnectHead.Parse(bytes);
                byte[] whole = [.. "CONNECT a.test:443 HTTP/1.1\r\n"u8, .. bytes, .. "\r\n\r\n"u8];
                var head = ConnectHead.Parse(whole);
                return random.Status != HeadStatus.Complete && head.Length <= whole.Length
                    && (head.Status != HeadStatus.Complete || (head.Target == "a.test:443" && whole.AsSpan(head.Length - 4, 4).SequenceEqual("\r\n\r\n"u8)));
            },
            iter: 20_000);

    [Fact]
    public void Head_OfShuffledGrammar_ReadsTheSameInOnePieceAndByteByByte()
    {
        string[] parts = ["CONNECT ", "a.test", ":443", ":", " HTTP/1.1", "\r\n", "\r", "\n", "\r\n\r\n", "Host", ": ", "a.test:443", "Content-Length: 0", " ", "\t", "\0", "X: y", "é"];
        Gen.Int[0, parts.Length - 1].Select(at => parts[at]).Array[0, 14].Sample(
            pieces =>
            {
                var bytes = Encoding.Latin1.GetBytes("CONNECT " + string.Concat(pieces));
                var whole = ConnectHead.Parse(bytes);
                for (var length = 1; length <= bytes.Length; length++)
                {
                    var part = ConnectHead.Parse(bytes.AsSpan(0, length));
                    if (part.Status != HeadStatus.Incomplete)
                    {
                        return part.Status == whole.Status && part.Length == whole.Length && part.Target == whole.Target;
                    }
                }

                return whole.Status == HeadStatus.Incomplete;
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("a.test:443", null, "a.test", 443)]
    [InlineData("a.test:1", null, "a.test", 1)]
    [InlineData("a.test:65535", null, "a.test", 65535)]
    [InlineData("[2001:db8::1]:8443", null, "[2001:db8::1]", 8443)]
    [InlineData("a.test", 80, "a.test", 80)]
    [InlineData("[::1]", 80, "[::1]", 80)]
    public void Authority_WellFormed_IsSplit(string text, int? defaultPort, string host, int port) =>
        Assert.Equal(new Authority(host, port), Authority.TryParse(text, defaultPort));

    [Theory]
    [InlineData("")]
    [InlineData("a.test")]
    [InlineData("a.test:")]
    [InlineData(":443")]
    [InlineData("a.test:0")]
    [InlineData("a.test:65536")]
    [InlineData("a.test:443443")]
    [InlineData("a.test:0443")]
    [InlineData("a.test:+443")]
    [InlineData("a.test:-1")]
    [InlineData("a.test: 443")]
    [InlineData("a.test:443x")]
    [InlineData("a.test:443:443")]
    [InlineData("2001:db8::1:443")]
    [InlineData("[::1]")]
    [InlineData("[::1]443")]
    [InlineData("[::1")]
    [InlineData("https://a.test:443")]
    public void Authority_OfConnectMalformed_IsRefused(string text) => Assert.Null(Authority.TryParse(text, null));
}
