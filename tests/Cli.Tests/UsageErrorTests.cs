namespace SecureAgent.Cli.Tests;

public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("runn x", "'runn' is no verb of 'secure-agent'; did you mean 'run'?; see 'secure-agent --help'")]
    [InlineData("session frieze x", "'frieze' is no verb of 'secure-agent session'; did you mean 'freeze'?; see 'secure-agent session --help'")]
    [InlineData("changes", null)]
    [InlineData("audit", "'secure-agent audit' needs a verb; use one of: show, verify; see 'secure-agent audit --help'")]
    [InlineData("run x --wrkspace y", "'--wrkspace' is no option of 'secure-agent run'; did you mean '--workspace'?; see 'secure-agent run --help'")]
    [InlineData("run summarise the notes", "'the' is one word too many for 'secure-agent run'; put what has spaces in quotes; see 'secure-agent run --help'")]
    [InlineData("run x --workspace ", "--workspace is empty; give it a value, or leave it out; see 'secure-agent run --help'")]
    [InlineData("run x --workspace", "Required argument missing for option: '--workspace'; see 'secure-agent run --help'")]
    public void Mistake_IsOneLineWithTheMend(string arguments, string? expected)
    {
        var parsed = CommandLine.Create([], hasCommand: false).Parse(arguments.Split(' '));

        Assert.Equal(expected, parsed.Errors.Count == 0 ? null : UsageError.Of(parsed));
    }
}
