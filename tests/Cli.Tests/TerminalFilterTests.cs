using System.Text;
using SecureAgent.Cli.Terminal;

namespace SecureAgent.Cli.Tests;

public sealed class TerminalFilterTests
{
    [Theory]
    [InlineData("plain text\twith tab\r\n", "plain text\twith tab\r\n")]
    [InlineData("\u001b[1;31mred\u001b[0m", "\u001b[1;31mred\u001b[0m")]
    [InlineData("\u001b[38:2::1:2:3mx", "\u001b[38:2::1:2:3mx")]
    [InlineData("a\u001b]52;c;ZXZpbA==\u0007b", "ab")]
    [InlineData("a\u001b]0;title\u001b\\b", "ab")]
    [InlineData("a\u001b[2J\u001b[1;1Hb", "ab")]
    [InlineData("a\u001b[?1049hb", "ab")]
    [InlineData("a\u001b[6nb", "ab")]
    [InlineData("a\u001bPq...\u001b\\b", "ab")]
    [InlineData("a\u001b(0b", "ab")]
    [InlineData("a\u001bcb", "ab")]
    [InlineData("bell\u0007 backspace\b", "bell backspace")]
    [InlineData("\u001b[>4;1mx", "x")]
    [InlineData("grüße ✓", "grüße ✓")]
    public void Output_KeepsTextAndColoursOnly(string input, string expected)
    {
        Assert.Equal(expected, Text(new TerminalFilter().Filter(Encoding.UTF8.GetBytes(input))));
    }

    [Theory]
    [InlineData("\u001b[2J\u001b[1;1H\u001b[?1049h\u001b[?25l\u001b[3 q\u001b[>4;1m", null)]
    [InlineData("\u001b7\u001b8\u001b=\u001b>\u001bM\u001b(0\u001b(B\u0007\b", null)]
    [InlineData("\u001b[10;20r\u001b[4h\u001b[?2004h\u001b[?1006l", null)]
    [InlineData("a\u001b]52;c;ZXZpbA==\u0007b", "ab")] // clipboard
    [InlineData("a\u001b]0;title\u001b\\b", "ab")]
    [InlineData("a\u001b[6nb", "ab")]                  // where is the cursor?
    [InlineData("a\u001b[cb\u001b[>cc\u001bZd", "abcd")] // who are you?
    [InlineData("a\u001b[?1$pb", "ab")]                // which mode?
    [InlineData("a\u001b[>qb", "ab")]                  // which version?
    [InlineData("a\u001b[21tb", "ab")]                 // which title?
    [InlineData("a\u001b[8;9;9tb", "ab")]              // resize
    [InlineData("a\u001b[5ib", "ab")]                  // print
    [InlineData("a\u001b[?ub\u001b[>1uc", "abc")]      // which keyboard?
    [InlineData("a\u001b[?4mb", "ab")]
    [InlineData("a\u001bP+q544e\u001b\\b", "ab")]
    [InlineData("a\u001bcb", "ab")]
    [InlineData("a\u0005b", "ab")]                     // ENQ answers
    public void FullScreen_KeepsTheScreenAndNothingThatAnswers(string input, string? expected)
    {
        Assert.Equal(expected ?? input, Text(new TerminalFilter(fullScreen: true).Filter(Encoding.UTF8.GetBytes(input))));
    }

    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("a\u0010\u0011b", "a", 1)]
    [InlineData("a\u0010b", "a\u0010b", 0)]
    [InlineData("\u0010\u0010\u0011", "\u0010", 1)]
    [InlineData("\u0011\u0010x", "\u0011\u0010x", 0)]
    public void DetachKeys_InAnyPieces_AreFound(string typed, string passed, int detached)
    {
        var (count, left) = (0, "");
        var keys = new DetachKeys(() => count++);
        foreach (var key in Encoding.UTF8.GetBytes(typed))
        {
            left += count == 0 ? Text(keys.Take([key]).ToArray()) : "";
        }

        Assert.Equal((passed, detached), (left, count));
    }

    [Fact]
    public void Sequence_SplitAnywhere_IsJudgedTheSame()
    {
        var input = Encoding.UTF8.GetBytes("a\u001b[31mb\u001b]52;c;ZXZpbA==\u001b\\c\u001b[2Jd");
        for (var at = 0; at <= input.Length; at++)
        {
            var filter = new TerminalFilter();

            Assert.Equal("a\u001b[31mbcd", Text(filter.Filter(input.AsSpan(..at))) + Text(filter.Filter(input.AsSpan(at..))));
        }
    }

    [Fact]
    public void Sequence_WithoutAnEnd_IsBounded()
    {
        var filter = new TerminalFilter();

        Assert.Equal("visible", Text(filter.Filter(Encoding.UTF8.GetBytes("\u001b[" + new string('1', 5000) + "mvisible"))).TrimStart('1').TrimStart('m'));
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
