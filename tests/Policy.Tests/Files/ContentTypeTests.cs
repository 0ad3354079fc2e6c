using System.Text;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Tests.Files;

public sealed class ContentTypeTests
{
    [Theory]
    [InlineData("", FileTypes.Text)]
    [InlineData("plain\r\n\ttext\f\u001b[0m", FileTypes.Text)]
    [InlineData("#!/bin/sh\n", FileTypes.Text)]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", FileTypes.Text)]
    [InlineData("\ufeff\u00e4\u20ac\U0001F600", FileTypes.Text)]
    [InlineData("GIF89a in words", FileTypes.Text)]
    [InlineData("%PDF-1.7\n", FileTypes.Pdf)]
    [InlineData("text\0", FileTypes.None)]
    [InlineData("text\a", FileTypes.None)]
    [InlineData("text\u007f", FileTypes.None)]
    public void Text_IsUtf8WithoutControlCharacters(string content, FileTypes expected) =>
        Assert.Equal(expected, ContentType.Of(Encoding.UTF8.GetBytes(content)));

    [Theory]
    [InlineData("89504E470D0A1A0A0000", FileTypes.Image)]
    [InlineData("89504E470A1A0A0000", FileTypes.None)]
    [InlineData("FFD8FFE000", FileTypes.Image)]
    [InlineData("47494638396100FF", FileTypes.Image)]
    [InlineData("4D4D002A00", FileTypes.Image)]
    [InlineData("424D4600000000000000", FileTypes.Image)]
    [InlineData("424D4600000000000001", FileTypes.None)]
    [InlineData("5249464600000000574542500000", FileTypes.Image)]
    [InlineData("5249464600000000574156450000", FileTypes.Audio)]
    [InlineData("5249464600000000415649200000", FileTypes.Video)]
    [InlineData("5249464600000000000000000000", FileTypes.None)]
    [InlineData("4944330300", FileTypes.Audio)]
    [InlineData("4F67675300", FileTypes.Audio)]
    [InlineData("1A45DFA300", FileTypes.Video)]
    [InlineData("000000186674797069736F6D00", FileTypes.Video)]
    [InlineData("000000186674797061766966", FileTypes.Image)]
    [InlineData("00000018667479704D344120", FileTypes.Audio)]
    [InlineData("0000001866747970FFFFFFFF", FileTypes.None)]
    [InlineData("504B030400", FileTypes.Archive)]
    [InlineData("1F8B0800", FileTypes.Archive)]
    [InlineData("FD377A585A00", FileTypes.Archive)]
    [InlineData("28B52FFD00", FileTypes.Archive)]
    [InlineData("7F454C460201", FileTypes.None)]
    [InlineData("4D5A9000", FileTypes.None)]
    [InlineData("53514C69746520666F726D6174203300", FileTypes.None)]
    [InlineData("C328", FileTypes.None)]
    [InlineData("61FF62", FileTypes.None)]
    public void Binary_IsToldByItsSignature(string hex, FileTypes expected) => Assert.Equal(expected, ContentType.Of(Convert.FromHexString(hex)));

    [Fact]
    public void Tar_IsToldByItsHeader()
    {
        var tar = new byte[512];
        Assert.Equal(FileTypes.None, ContentType.Of(tar));
        "ustar"u8.CopyTo(tar.AsSpan(257));
        Assert.Equal(FileTypes.Archive, ContentType.Of(tar));
    }

    [Fact]
    public void Character_CutWhereTheLookEnds_IsStillText()
    {
        var text = Encoding.UTF8.GetBytes(new string('x', ContentType.HeadBytes - 1) + "\u20ac");

        Assert.Equal(FileTypes.Text, ContentType.Of(text.AsSpan(0, ContentType.HeadBytes)));
    }
}
