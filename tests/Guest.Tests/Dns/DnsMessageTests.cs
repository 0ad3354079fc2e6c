using CsCheck;
using SecureAgent.Guest.Dns;

namespace SecureAgent.Guest.Tests.Dns;

public sealed class DnsMessageTests
{
    [Theory]
    [InlineData("example.com", "A", 1)]
    [InlineData("example.com", "AAAA", 28)]
    [InlineData("x", "HTTPS", 65)]
    [InlineData("x", "TYPE4711", 4711)]
    [InlineData(".", "NS", 2)]
    [InlineData("a-63-byte-label-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", "TXT", 16)]
    public void Read_Question_NamesIt(string name, string type, int typeNumber)
    {
        var message = DnsQueries.Build(name == "." ? [] : name.Split('.'), (ushort)typeNumber);

        var question = DnsMessage.Read(message);

        Assert.Equal(new DnsQuestion(DnsVerdict.NameError, name, type, message.Length), question);
    }

    [Fact]
    public void Read_ControlBytesAndDots_AreEscaped()
    {
        var question = DnsMessage.Read(DnsQueries.Build(["a.b\\", "\u001b[1m "], 1));

        Assert.Equal(@"a\.b\\.\027[1m\032", question.Name);
    }

    public static TheoryData<string, byte[], int> Rejected => new()
    {
        { "empty", [], 0 },
        { "two bytes", [1, 2], 0 },
        { "an answer", [1, 2, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 0 },
        { "header only", [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], 1 },
        { "half a header", [1, 2, 1, 0], 1 },
        { "no question", [1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1 },
        { "two questions", [1, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 1 },
        { "compression pointer", [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1], 1 },
        { "label of 64", [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 64, .. new byte[70]], 1 },
        { "label past the end", [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 65, 0, 0, 1, 0, 1], 1 },
        { "no class", [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 65, 0, 0, 1], 1 },
        { "name of 256", DnsQueries.Build([.. Enumerable.Repeat(new string('a', 63), 3), new string('b', 63)], 1), 1 },
        { "opcode 5", [1, 2, 0x28, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 4 },
    };

    [Theory]
    [MemberData(nameof(Rejected))]
    public void Answer_NotAQuestion_IsRefusedOrIgnored(string what, byte[] message, int code)
    {
        var question = DnsMessage.Read(message);

        if (code == 0)
        {
            Assert.True(question.Verdict == DnsVerdict.Ignore, what);
            return;
        }

        var answer = DnsMessage.Answer(message, question);
        Assert.Equal(DnsMessage.HeaderLength, answer.Length);
        Assert.Equal(message[..2], answer[..2]);
        Assert.Equal(code, answer[3] & 0x0f);
        Assert.Equal(0x80, answer[2] & 0x80);
    }

    [Fact]
    public void Answer_LongestName_IsAccepted()
    {
        var message = DnsQueries.Build([.. Enumerable.Repeat(new string('a', 63), 3), new string('b', 61)], 1);

        Assert.Equal(DnsVerdict.NameError, DnsMessage.Read(message).Verdict);
    }

    [Fact]
    public void Answer_Question_IsNameErrorWithTheQuestionAndNothingElse()
    {
        var message = DnsQueries.Build(["example", "com"], 1);
        byte[] withAdditional = [.. message, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
        withAdditional[11] = 1;

        var answer = DnsMessage.Answer(withAdditional, DnsMessage.Read(withAdditional));

        Assert.Equal(message.Length, answer.Length);
        Assert.Equal(message[12..], answer[12..]);
        Assert.Equal([0, 1, 0, 0, 0, 0, 0, 0], answer[4..12]);
        Assert.Equal(3, answer[3] & 0x0f);
    }

    [Fact]
    public void Read_AnyBytes_NeverThrowsAndStaysInBounds() =>
        Gen.Byte.Array[0, 600].Sample(bytes => Holds(bytes), iter: 20_000);

    [Fact]
    public void Read_MutatedQuestions_NeverThrowsAndStaysInBounds() =>
        Gen.Select(Gen.Byte.Array[1, 40].Array[1, 6], Gen.Int[0, 80], Gen.Byte).Sample((labels, at, value) =>
        {
            var message = DnsQueries.Build(labels, 1);
            message[at % message.Length] = value;
            return Holds(message);
        }, iter: 20_000);

    private static bool Holds(byte[] message)
    {
        var question = DnsMessage.Read(message);
        if (question.Verdict == DnsVerdict.Ignore)
        {
            return true;
        }

        var answer = DnsMessage.Answer(message, question);
        return question.QuestionEnd <= message.Length
            && answer.Length is >= DnsMessage.HeaderLength and <= DnsMessage.HeaderLength + 259
            && question.Name.All(c => c is > ' ' and < (char)0x7f)
            && (answer[3] & 0x0f) != 0;
    }
}
