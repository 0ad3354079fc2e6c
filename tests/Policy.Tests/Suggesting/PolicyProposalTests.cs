using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Suggesting;

namespace SecureAgent.Policy.Tests.Suggesting;

/// <summary>What the operator is shown to allow a destination from now on: a diff of the document as it is written, which only ever opens that one.</summary>
public sealed class PolicyProposalTests
{
    private const string Head = "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n";

    [Fact]
    public void Proposal_IsADiffThatPatchTakes()
    {
        var text = Head + "    # what the task needs\n    egress:\n      - { host: a.test }   # ours\n      - host: b.test\n        ports: [80]\n    ask: [egress]\n";

        var diff = PolicyProposal.ForHost(text, "/etc/p.yaml", ProfileOf(text), "new.test:8443");

        Assert.Equal(
            """
            --- /etc/p.yaml
            +++ /etc/p.yaml
            @@ -4,6 +4,7 @@
               p:
                 # what the task needs
                 egress:
            +      - {host: "new.test", ports: [8443]}
                   - { host: a.test }   # ours
                   - host: b.test
                     ports: [80]

            """,
            diff);
    }

    [Theory]
    [InlineData("    egress: []   # nothing yet\n    ask: [egress]\n", "-    egress: []   # nothing yet\n+    egress:   # nothing yet\n+      - {host: \"new.test\", ports: [443]}\n")]
    [InlineData("    ask: [egress]\n", "+    egress:\n+      - {host: \"new.test\", ports: [443]}\n     ask: [egress]\n")]
    [InlineData("    ask: [egress]", "+    egress:\n+      - {host: \"new.test\", ports: [443]}\n     ask: [egress]\n\\ No newline at end of file\n")]
    [InlineData("    egress:\n    - { host: new.test, ports: [80], opaque: true }\n", "+    - {host: \"new.test\", ports: [443], opaque: true}\n     - { host: new.test")]
    [InlineData("    egress:\r\n      - { host: a.test }\r\n", "+      - {host: \"new.test\", ports: [443]}\r\n")]
    public void Proposal_KeepsTheRestOfTheText(string profile, string expected)
    {
        var text = Head + profile;

        var diff = PolicyProposal.ForHost(text, "p.yaml", ProfileOf(text), "new.test:443");

        Assert.Contains(expected, diff, StringComparison.Ordinal);
        var after = ProfileOf(Apply(text, diff));
        Assert.True(EgressPolicy.Decide(after, CanonicalHost.TryParse("new.test")!, 443).IsAllowed);
        Assert.False(EgressPolicy.Decide(after, CanonicalHost.TryParse("other.test")!, 443).IsAllowed);
    }

    [Theory]
    [InlineData("    egress: [{ host: a.test }]\n", "new.test:443")]
    [InlineData("    egress: [\n      ]\n", "new.test:443")]
    [InlineData("    egress: []\n", "169.254.169.254:80")]
    [InlineData("    egress: []\n", "no host:443")]
    [InlineData("    egress: [{ host: new.test }]\n", "new.test:443")]
    public void WhereNothingMayOrCanBeAdded_ThereIsNone(string profile, string subject)
    {
        var text = Head + profile;

        Assert.Equal("", PolicyProposal.ForHost(text, "p.yaml", ProfileOf(text), subject));
    }

    private static Profile ProfileOf(string text) => PolicyParser.Parse(text, "p.yaml").Document!.Profiles["p"];

    /// <summary>What <c>patch</c> does with a diff of one hunk.</summary>
    private static string Apply(string text, string diff)
    {
        var hunk = diff.Split('\n').Skip(2).ToList();
        var start = int.Parse(hunk[0].Split('-', ',')[1], System.Globalization.CultureInfo.InvariantCulture) - 1;
        var lines = text.Split('\n').ToList();
        var body = hunk.Skip(1).Where(line => line.Length > 0 && line[0] != '\\').ToList();
        var old = body.Where(line => line[0] != '+').Select(line => line[1..]).ToList();
        Assert.Equal(old, lines.Skip(start).Take(old.Count));
        lines.RemoveRange(start, old.Count);
        lines.InsertRange(start, body.Where(line => line[0] != '-').Select(line => line[1..]));
        return string.Join('\n', lines);
    }
}
