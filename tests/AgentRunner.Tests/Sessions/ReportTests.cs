using SecureAgent.AgentRunner.Reports;

namespace SecureAgent.AgentRunner.Tests.Sessions;

public sealed class ReportTests
{
    [Theory]
    [InlineData("notes/plan.md", "notes/plan.md")]
    [InlineData("a\u001b[2Jb", @"a\u{1b}[2Jb")]
    [InlineData("line\nbreak\r", @"line\u{a}break\u{d}")]
    [InlineData("back\\slash", @"back\\slash")]
    [InlineData("right\u202eleft", @"right\u{202e}left")]
    [InlineData("zero\u200bwidth", @"zero\u{200b}width")]
    [InlineData("Grüße 漢字 🙂", "Grüße 漢字 🙂")]
    public void Escape_AgentsWords_CannotActOnATerminal(string text, string expected) =>
        Assert.Equal(expected, SessionDenials.Escape(text));
}
