namespace SecureAgent.ServiceDefaults.Tests;

public sealed class UntrustedTextTests
{
    [Theory]
    [InlineData("plain, ümlaut, 日本, 🦊", "plain, ümlaut, 日本, 🦊")]
    [InlineData("path/to/file", "path/to/file")]
    [InlineData("\u001b[2Jgone", "\\u{1b}[2Jgone")]
    [InlineData("\u001b]0;title\u0007", "\\u{1b}]0;title\\u{7}")]
    [InlineData("safe\u202egnp.exe", "safe\\u{202e}gnp.exe")]
    [InlineData("zero\u200bwidth\u2028line\u2029end", "zero\\u{200b}width\\u{2028}line\\u{2029}end")]
    [InlineData("own\ue000none\u0378", "own\\u{e000}none\\u{378}")]
    public void WhatWouldActOrHide_IsShown_InEveryForm(string text, string expected)
    {
        Assert.Equal(expected, UntrustedText.Line(text));
        Assert.Equal(expected, UntrustedText.Lines(text));
        Assert.Equal(expected, UntrustedText.Unambiguous(text));
    }

    [Fact]
    public void LineEnds_AreKeptOnlyWhereLinesMayBe()
    {
        Assert.Equal("a\nb\tc", UntrustedText.Lines("a\r\nb\tc"));
        Assert.Equal("a\\u{d}\\u{a}b\\u{9}c", UntrustedText.Line("a\r\nb\tc"));
        Assert.Equal("a\\u{a}b", UntrustedText.Unambiguous("a\nb"));
    }

    [Fact]
    public void HalfACharacter_IsShownAsNone() => Assert.Equal("half\ufffd", UntrustedText.Line("half\ud800"));

    [Fact]
    public void Backslashes_AreDoubled_WhereAnEscapeMustBeTold()
    {
        Assert.Equal(@"a\\u{1b}", UntrustedText.Unambiguous(@"a\u{1b}"));
        Assert.Equal(@"a\u{1b}", UntrustedText.Line(@"a\u{1b}"));
    }
}
