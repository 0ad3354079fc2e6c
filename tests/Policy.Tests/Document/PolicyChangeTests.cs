using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Tests.Document;

public sealed class PolicyChangeTests
{
    private const string Base = """
        sandbox: { pids: 100 }
        files:
          - { root: "${workspace}", allow: ["**"], deny: ["x"], access: propose }
        egress:
          - { host: a.test, ports: [443], inspect: { methods: [GET], paths: [/a] }, inject: k }
        secrets:
          k: { embedded: k, deliver: { header: x, host: a.test, methods: [GET] } }
        inference: { models: ["m"] }
        mcpServers: { docs: { command: [x], egress: [{ host: c.test }] } }
        """;

    [Theory]
    [InlineData("- { host: a.test", "- { host: b.test, ports: [1] }\n  - { host: a.test", null)]
    [InlineData("[443]", "[443, 8443]", null)]
    [InlineData("methods: [GET], paths", "methods: [GET, POST], paths", null)]
    [InlineData("models: [\"m\"]", "models: [\"n\"]", null)]
    [InlineData("embedded: k", "embedded: other", null)]
    [InlineData("pids: 100", "pids: 101", "sandbox:")]
    [InlineData("c.test", "d.test", null)]
    [InlineData("command: [x]", "command: [y]", "mcpServers:")]
    [InlineData("docs:", "more:", "mcpServers:")]
    [InlineData("pids: 100", "pids: 100, tools: [/opt/a]", "sandbox:")]
    [InlineData("allow: [\"**\"]", "allow: [\"*\"]", "files:")]
    [InlineData("deny: [\"x\"]", "deny: []", "files:")]
    [InlineData("access: propose", "access: write", "files:")]
    [InlineData("secrets:", "secrets:\n  given: { embedded: g, deliver: agent }", "secrets[].deliver:")]
    public void Refusals_NameThePartThatNeedsANewSession(string text, string instead, string? part)
    {
        var refusals = PolicyChange.Refusals(Of(Base), Of(Base.Replace(text, instead, StringComparison.Ordinal)));

        Assert.Equal(part is null, refusals.Count == 0);
        Assert.All(refusals, refusal => Assert.StartsWith(part!, refusal, StringComparison.Ordinal));
        Assert.NotEqual(Base, Base.Replace(text, instead, StringComparison.Ordinal));
    }

    [Fact]
    public void Refusals_OfTheSameDocument_AreNone() => Assert.Empty(PolicyChange.Refusals(Of(Base), Of("# moved\n" + Base)));

    [Fact]
    public void Inspection_MayEnd_AndMayNotBegin()
    {
        var without = Of(Base.Replace(", inspect: { methods: [GET], paths: [/a] }, inject: k", "", StringComparison.Ordinal));

        Assert.Empty(PolicyChange.Refusals(Of(Base), without));
        Assert.StartsWith("egress[].inspect:", Assert.Single(PolicyChange.Refusals(without, Of(Base))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[443]", "[443]", true)]
    [InlineData("[443]", "[8443]", false)]
    [InlineData("paths: [/a]", "paths: [/b]", false)]
    [InlineData("methods: [GET], paths", "methods: [PUT], paths", false)]
    [InlineData("inject: k", "allowPrivate: true, inject: k", false)]
    [InlineData("paths: [/a]", "paths: [/a], headers: []", false)]
    [InlineData("inject: k", "inject: k, placeholders: [{ secret: k, fields: [x] }]", false)]
    [InlineData("paths: [/a]", "paths: [/a], stripHeaders: [x]", false)]
    [InlineData("paths: [/a]", "paths: [/a], maxTime: 1s", false)]
    public void Rules_AreTheSame_WhenTheySayTheSame(string text, string instead, bool same) =>
        Assert.Equal(same, PolicyChange.IsSame(Of(Base).Egress[0], Of("# moved\n" + Base.Replace(text, instead, StringComparison.Ordinal)).Egress[0]));

    [Theory]
    [InlineData("x", "x", true)]
    [InlineData("methods: [GET] } }", "methods: [PUT] } }", false)]
    [InlineData("embedded: k", "embedded: l", false)]
    [InlineData("header: x", "header: y", false)]
    public void Grants_AreTheSame_WhenTheySayTheSame(string text, string instead, bool same) =>
        Assert.Equal(same, PolicyChange.IsSame(Of(Base).Secrets[0], Of("# moved\n" + Base.Replace(text, instead, StringComparison.Ordinal)).Secrets[0]));

    private static Profile Of(string profile)
    {
        var parsed = PolicyParser.Parse(
            "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n" + string.Join('\n', profile.Split('\n').Select(line => "    " + line)), "policy");
        return parsed.Document?.Profiles["p"] ?? throw new InvalidOperationException(string.Join('\n', parsed.Errors));
    }
}
