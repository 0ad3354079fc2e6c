using CsCheck;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Tests.Egress;

public sealed class CanonicalHostTests
{
    [Theory]
    // names
    [InlineData("example.com", "example.com")]
    [InlineData("EXAMPLE.Com", "example.com")]
    [InlineData("example.com.", "example.com")]
    [InlineData("localhost", "localhost")]
    [InlineData("a.b-c.d", "a.b-c.d")]
    [InlineData("r3---sn-4g5e.example.com", "r3---sn-4g5e.example.com")]
    [InlineData("_acme.example.com", "_acme.example.com")]
    [InlineData("1.example", "1.example")]
    [InlineData("0xg.example", "0xg.example")]
    [InlineData("3com", "3com")]
    // internationalised
    [InlineData("bücher.de", "xn--bcher-kva.de")]
    [InlineData("BÜCHER.de", "xn--bcher-kva.de")]
    [InlineData("bu\u0308cher.de", "xn--bcher-kva.de")]
    [InlineData("xn--bcher-kva.de", "xn--bcher-kva.de")]
    [InlineData("XN--BCHER-KVA.DE", "xn--bcher-kva.de")]
    [InlineData("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com")]
    [InlineData("例え.jp", "xn--r8jz45g.jp")]
    [InlineData("xn--fa-hia.de", "xn--fa-hia.de")]
    // addresses
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1.", "127.0.0.1")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("１２７.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("[2001:DB8:0:0:0:0:0:1]", "2001:db8::1")]
    [InlineData("2001:db8::0001", "2001:db8::1")]
    [InlineData("[::ffff:10.0.0.1]", "10.0.0.1")]
    [InlineData("::ffff:a00:1", "10.0.0.1")]
    [InlineData("64:ff9b::1.2.3.4", "64:ff9b::102:304")]
    public void TryParse_OneHostInManySpellings_IsOneName(string text, string expected) =>
        Assert.Equal(expected, CanonicalHost.TryParse(text)?.Name);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".example.com")]
    [InlineData("example..com")]
    [InlineData("example.com..")]
    [InlineData(" example.com")]
    [InlineData("example.com ")]
    [InlineData("exa mple.com")]
    [InlineData("example.com\0.evil.org")]
    [InlineData("example.com\r\nHost: evil.org")]
    [InlineData("example.com\t")]
    [InlineData("user@example.com")]
    [InlineData("user:secret@example.com")]
    [InlineData("example.com:443")]
    [InlineData("example.com/path")]
    [InlineData("example.com?query")]
    [InlineData("example.com#fragment")]
    [InlineData("example.com\\evil")]
    [InlineData("%65xample.com")]
    [InlineData("*.example.com")]
    [InlineData("-example.com")]
    [InlineData("example-.com")]
    [InlineData("exa!mple.com")]
    // other spellings of addresses
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.1")]
    [InlineData("017700000001")]
    [InlineData("127.1")]
    [InlineData("127.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.0.0.0x1")]
    [InlineData("127.0.0.1.1")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("example.1")]
    [InlineData("example.0x")]
    [InlineData("127.0.0.1..")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("[::1]:80")]
    [InlineData("[]")]
    [InlineData("[example.com]")]
    [InlineData(":")]
    [InlineData("::1%lo")]
    [InlineData("fe80::1%25eth0")]
    [InlineData("::ffff:127.0.0.01")]
    [InlineData("::ffff:127.1")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("::12345")]
    // internationalised names that could be read in two ways
    [InlineData("faß.de")]
    [InlineData("straẞe.de")]
    [InlineData("a\u200Db.de")]
    [InlineData("example。com")]
    [InlineData("xn--example-.com")]
    [InlineData("xn--.com")]
    [InlineData("xn--a.com")]
    [InlineData("xn--bcher-2pa.de")]
    [InlineData("\uFFFD.com")]
    [InlineData("☃.com")]
    [InlineData("xn--n3h.com")]
    [InlineData("℀.com")]
    public void TryParse_NoCanonicalForm_IsRefused(string text) => Assert.Null(CanonicalHost.TryParse(text));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void TryParse_LabelLength_Boundary(int length, bool isValid) =>
        Assert.Equal(isValid, CanonicalHost.TryParse(new string('a', length) + ".com") is not null);

    [Theory]
    [InlineData(253, "", true)]
    [InlineData(253, ".", true)]
    [InlineData(254, "", false)]
    public void TryParse_NameLength_Boundary(int length, string end, bool isValid)
    {
        var name = string.Join('.', Enumerable.Repeat(new string('a', 49), 5)) + ".";
        Assert.Equal(isValid, CanonicalHost.TryParse(name + new string('b', length - name.Length) + end) is not null);
    }

    [Fact]
    public void TryParse_Result_IsItsOwnCanonicalForm() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["abcx-n0123456789.:[]%üßＡ"], 0, 30]).Sample(text =>
        {
            var host = CanonicalHost.TryParse(text);
            return host is null || (CanonicalHost.TryParse(host.Name) is { } again && again.Name == host.Name && Equals(again.Address, host.Address));
        }, iter: 20_000);
}
