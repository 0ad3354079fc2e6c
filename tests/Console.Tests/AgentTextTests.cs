using SecureAgent.Console.Runner;

namespace SecureAgent.Console.Tests;

public sealed class AgentTextTests
{
    [Theory]
    [InlineData("plain, ümlaut, 日本", "plain, ümlaut, 日本")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("a\r\nb\tc", "a\nb\tc")]
    [InlineData("\u001b[2Jgone", "\\u{1b}[2Jgone")]
    [InlineData("\u001b]0;title\u0007", "\\u{1b}]0;title\\u{7}")]
    [InlineData("safe\u202egnp.exe", "safe\\u{202e}gnp.exe")]
    [InlineData("zero\u200bwidth\u2028line", "zero\\u{200b}width\\u{2028}line")]
    public void Output_ShowsWhatWouldActOrHide(string text, string expected) => Assert.Equal(expected, AgentText.Output(text));

    [Fact]
    public void Line_HasNoLineEnds() => Assert.Equal("a\\u{a}b\\u{9}c", AgentText.Line("a\nb\tc"));
}
