using SecureAgent.Cli.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Tests;

public sealed class ApprovalCommandTests
{
    [Fact]
    public void Description_OfAChange_ShowsTheDifferenceLineByLine_MarkedAsTheAgentsWords()
    {
        var text = ApprovalCommands.Describe(
            new Approval { ApprovalId = "q-1", SessionId = "s-1", Plane = "files", Subject = "a.txt", Reason = "access_not_granted", Rule = "files[0]", Detail = "-one\n+\u001b[2Jtwo\n  who   s-2\n" },
            DateTimeOffset.UnixEpoch);

        Assert.DoesNotContain('\u001b', text);
        Assert.Contains("why   access_not_granted by files[0]", text, StringComparison.Ordinal);
        Assert.EndsWith("change, in the agent's words:\n    | -one\n    | +\\u{1b}[2Jtwo\n    |   who   s-2", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Description_SaysWhatWhoWhyAndPolicy_AndNothingOfTheAgentsActs()
    {
        var text = ApprovalCommands.Describe(
            new Approval
            {
                ApprovalId = "q-1", SessionId = "s-1", SessionName = "night", Profile = "default", Plane = "egress", Subject = "a\u001b]0;x\u0007\n  who   s-2:443", Reason = "no_rule",
                Suggestion = "# adds egress[0]\negress:\n  - { host: a }\n",
            },
            DateTimeOffset.UnixEpoch);

        Assert.DoesNotContain('\u001b', text);
        Assert.Equal(8, text.Split('\n').Length);
        Assert.Contains("q-1  until 00:00:00 UTC", text, StringComparison.Ordinal);
        Assert.Contains("who   s-1 (night), profile default", text, StringComparison.Ordinal);
        Assert.Contains("what  egress: \"a\\u{1b}]0;x\\u{7}\\u{a}  who   s-2:443\" (the agent's words)", text, StringComparison.Ordinal);
        Assert.Contains("why   no_rule: no rule names it", text, StringComparison.Ordinal);
        Assert.EndsWith("    egress:\n      - { host: a }", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "no rule may allow it: later sessions ask again")]
    [InlineData("egress:\n  - { host: a }\n", "", "for later sessions, in profile p of /p.yaml:\n    egress:\n      - { host: a }")]
    [InlineData(
        "egress:\n  - { host: a }\n", "--- /p.yaml\n+++ /p.yaml\n@@ -1,1 +1,2 @@\n+a\u001b[1m\n b\n",
        "for later sessions, a change of /p.yaml for you to review and apply (patch FILE):\n--- /p.yaml\n+++ /p.yaml\n@@ -1,1 +1,2 @@\n+a\\u{1b}[1m\n b")]
    public void Always_ProposesTheDiff_OrElseTheLines(string suggestion, string diff, string expected) =>
        Assert.Equal(expected, ApprovalCommands.Proposal(new Approval { Profile = "p", PolicySource = "/p.yaml", Suggestion = suggestion, PolicyDiff = diff }));
}
