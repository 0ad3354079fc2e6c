using System.Text.RegularExpressions;
using CsCheck;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;
using SecureAgent.Policy.Files;
using SecureAgent.Policy.Suggesting;

namespace SecureAgent.Policy.Tests.Suggesting;

public sealed class SuggestionsTests
{
    private static readonly Profile Profile = PolicyParser.Parse(
        """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          p:
            files:
              - { root: "${workspace}", allow: ["src/**"], deny: ["**/*.pem"] }
            egress:
              - { host: api.example.com, ports: [443] }
              - { host: "*.example.org" }
            secrets:
              key: { embedded: key, deliver: { header: x-api-key, host: api.example.com } }
            inference: { models: ["offline*"], maxTokens: 1000 }
        """,
        "p.yaml").Document!.Profiles["p"];

    [Theory]
    [InlineData("files", "docs/a.md", ReasonCode.NoRule, "allow: [\"src/**\", \"docs/a.md\"]")]
    [InlineData("files", "docs/[x]*.md", ReasonCode.NoRule, "\"docs/[[]x][*].md\"")]
    [InlineData("files", "src/.hidden", ReasonCode.PathHidden, "hidden: true")]
    [InlineData("files", "src/a.pem", ReasonCode.DeniedByRule, "# changes files[0]: no longer denies **/*.pem, whatever else that guarded")]
    [InlineData("files", "src/a.bin", ReasonCode.FileTooLarge, "maxFile: 20MiB")]
    [InlineData("files", "src/a.bin", ReasonCode.BudgetExceeded, "budget: 2GiB")]
    [InlineData("files", "src/a.bin", ReasonCode.HardLinked, "hardLinks: allow")]
    [InlineData("egress", "new.example.com:443", ReasonCode.NoRule, "- {host: \"new.example.com\", ports: [443]}")]
    [InlineData("egress", "api.example.com:8443", ReasonCode.PortNotAllowed, "- {host: \"api.example.com\", ports: [443, 8443]}")]
    [InlineData("egress", "127.0.0.1:8080", ReasonCode.NoRule, "- {host: \"127.0.0.1\", ports: [8080], allowPrivate: true}")]
    [InlineData("egress", "[::1]:8080", ReasonCode.NoRule, "- {host: \"::1\", ports: [8080], allowPrivate: true}")]
    [InlineData("egress", "api.example.com:443", ReasonCode.AddressPrivate, "allowPrivate: true")]
    [InlineData("egress", "db.example.org:443", ReasonCode.AddressOfHost, "- {host: \"db.example.org\", ports: [443], allowPrivate: true}")]
    [InlineData("dns", "www.example.net", ReasonCode.DnsSink, "- {host: \"www.example.net\", ports: [443]}")]
    [InlineData("inference", "gpt-4o", ReasonCode.ModelNotAllowed, "models: [\"offline*\", \"gpt-4o\"]")]
    [InlineData("inference", "offline", ReasonCode.TokenBudgetExceeded, "maxTokens: 2000")]
    [InlineData("process", "", ReasonCode.WallClock, "wallClock: 1h")]
    [InlineData("process", "", ReasonCode.OutputLimit, "output: 128MiB")]
    [InlineData("process", "", ReasonCode.MemoryLimit, "memory: 2GiB")]
    public void Denial_ThatPolicyMayLift_GetsTheLines(string plane, string subject, ReasonCode reason, string expected) =>
        Assert.Contains(expected, Suggestions.For(Profile, plane, subject, reason));

    [Theory]
    [InlineData("files", "../etc/passwd", ReasonCode.PathEscapes)]
    [InlineData("files", "/etc/passwd", ReasonCode.PathEscapes)]
    [InlineData("files", "a\nb", ReasonCode.PathInvalid)]
    [InlineData("files", "a\nb", ReasonCode.NoRule)]
    [InlineData("files", "", ReasonCode.NoRule)]
    [InlineData("files", "src/a", ReasonCode.NotFound)]
    [InlineData("files", "src/a", ReasonCode.AccessNotGranted)]
    [InlineData("files", "src/a", ReasonCode.NoRule)]
    [InlineData("egress", "169.254.169.254:80", ReasonCode.AddressMetadata)]
    [InlineData("egress", "169.254.169.254:80", ReasonCode.NoRule)]
    [InlineData("egress", "[::ffff:169.254.169.254]:80", ReasonCode.NoRule)]
    [InlineData("egress", "[fd00:ec2::254]:80", ReasonCode.NoRule)]
    [InlineData("egress", "0.0.0.0:80", ReasonCode.NoRule)]
    [InlineData("egress", "metadata.example.com:80", ReasonCode.AddressMetadata)]
    [InlineData("egress", "api.example.com:443", ReasonCode.NoRule)]
    [InlineData("egress", "api.example.com:443", ReasonCode.UpstreamUnreachable)]
    [InlineData("egress", "api.example.com", ReasonCode.NoRule)]
    [InlineData("egress", "a b:443", ReasonCode.NoRule)]
    [InlineData("egress", "a.com\n    files:443", ReasonCode.NoRule)]
    [InlineData("dns", "api.example.com", ReasonCode.DnsSink)]
    [InlineData("dns", "-", ReasonCode.DnsSink)]
    [InlineData("secrets", "key", ReasonCode.DestinationMismatch)]
    [InlineData("secrets", "other", ReasonCode.SecretUnknown)]
    [InlineData("inference", "a\nb", ReasonCode.ModelNotAllowed)]
    [InlineData("files", "src/a", ReasonCode.AuditUnavailable)]
    [InlineData("nonsense", "x", ReasonCode.NoRule)]
    public void Denial_ThatNothingMayLift_GetsNoLines(string plane, string subject, ReasonCode reason) =>
        Assert.Empty(Suggestions.For(Profile, plane, subject, reason));

    [Fact]
    public void Lines_PutUnderTheProfile_ParseAndAllow() =>
        Gen.OneOf(Gen.String, Gen.OneOf("a", "é", "*", "[", "{", ".", "/", "\"", "#", ": ", "x.pem", "..").Array[1, 6].Select(string.Concat))
            .Sample(path =>
            {
                var reason = FilePolicy.Decide(Profile.Files, path, FileOperation.Read).Reason;
                var lines = Suggestions.For(Profile, "files", path, reason);
                if (lines.Length == 0)
                {
                    return true;
                }

                var document = "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  p:\n    " + lines.TrimEnd().Replace("\n", "\n    ", StringComparison.Ordinal) + "\n";
                var parsed = PolicyParser.Parse(document, "p.yaml").Document;
                return parsed is not null && FilePolicy.Decide(parsed.Profiles["p"].Files, path, FileOperation.Read).IsAllowed;
            });

    [Fact]
    public void Draft_MergesAllDenials_AndAllowsEach()
    {
        DeniedSubject[] denials =
        [
            new("files", "docs/a.md", ReasonCode.NoRule),
            new("files", "docs/b.md", ReasonCode.NoRule),
            new("files", "docs/.x", ReasonCode.PathHidden),
            new("egress", "new.example.com:443", ReasonCode.NoRule),
            new("egress", "new.example.com:8443", ReasonCode.NoRule),
            new("egress", "db.example.org:443", ReasonCode.AddressPrivate),
            new("dns", "new.example.com", ReasonCode.DnsSink),
            new("egress", "169.254.169.254:80", ReasonCode.NoRule),
            new("files", "../x\n    evil: true", ReasonCode.PathEscapes),
            new("inference", "gpt-4o", ReasonCode.ModelNotAllowed),
        ];

        var text = PolicyDraft.Write(Profile, denials);
        var result = PolicyParser.Parse(text, "draft.yaml");

        Assert.Empty(result.Errors.Select(error => error.ToString()));
        var draft = result.Document!.Profiles["p"];
        Assert.Equal(2, draft.Files.Count);
        Assert.All(new[] { "src/x", "docs/a.md", "docs/b.md", "docs/.x" }, path => Assert.True(FilePolicy.Decide(draft.Files, path, FileOperation.Read).IsAllowed));
        Assert.Equal(ReasonCode.DeniedByRule, FilePolicy.Decide(draft.Files, "src/a.pem", FileOperation.Read).Reason);
        Assert.All(new[] { 443, 8443 }, port => Assert.True(EgressPolicy.Decide(draft, CanonicalHost.TryParse("new.example.com")!, port).IsAllowed));
        Assert.True(draft.Egress.Single(rule => rule.Host == "db.example.org").AllowPrivate);
        Assert.False(draft.Egress.Single(rule => rule.Host == "*.example.org").AllowPrivate);
        Assert.Contains("not allowed by any line: egress 169.254.169.254:80 (no_rule)", text);
        Assert.Contains("not allowed by any line: files ../x\\u000a    evil: true (path_escapes)", text);
    }

    [Fact]
    public void Draft_KeepsEveryKeyOfTheLanguage()
    {
        // Each key with a value that is not its default; a key the draft forgets would fall back, and could be weaker.
        const string Text = """
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              p:
                sandbox: { driver: gvisor, cpu: 1.5, memory: 2GiB, pids: 99, wallClock: 90s, output: 1MiB, tmp: 3MB, tools: [/opt/t], environment: { V: "w: x\ny" }, home: { .a/b: "c # d\n" } }
                files:
                  - { root: /data, allow: [a], deny: [b], access: propose, deliver: copy, maxFile: 7B, budget: 9KB, maxFiles: 11, types: [text, pdf], hidden: true, hardLinks: allow, redact: block }
                egress:
                  - { host: a.com, ports: [80], inspect: { methods: [PUT], paths: [/x], upgrades: [websocket], headers: [a, b-*], stripHeaders: [c], maxRequest: 7B, maxResponse: 8B, maxTime: 9s }, inject: s, allowPrivate: true, route: r, placeholders: [{ secret: s, fields: [h], query: [q], body: [b] }, { secret: s }] }
                  - { host: b.com, opaque: true }
                egressBudget: { concurrent: 7, perMinute: 8, total: 9, upload: 7B, download: 8B }
                secrets:
                  s: { vault: "m/p/q#f", deliver: { header: h, prefix: "P ", host: a.com, methods: [PUT] }, ttl: 7s }
                  t: { embedded: e, deliver: { header: h, host: b.com } }
                inference: { models: [m], maxTokens: 7 }
                honeypots: [files]
                ask: [write]
                mcpServers: { docs: { command: [x, "--y"], egress: [{ host: c.com }] } }
            """;
        var profile = PolicyParser.Parse(Text, "p.yaml").Document!.Profiles["p"];

        var draft = PolicyDraft.Write(profile, []);

        Assert.All(KeyNames(), key => Assert.Contains(key + ":", draft));
        Assert.All(
            new[] { "gvisor", "1.5", "2GiB", "99", "90s", "1MiB", "3MB", "/data", "propose", "deliver: copy", "7B", "9KB", "maxFiles: 11", "block", "PUT", "m/p/q#f", "\"P \"", "7s", "maxTokens: 7", "[files]", "[write]" },
            value => Assert.Contains(value, draft));
        Assert.All(KeyNames(), key => Assert.Contains(key + ":", Text));
        var again = PolicyParser.Parse(draft, "draft.yaml").Document!.Profiles;
        Assert.Equal(profile.Sandbox, again["p"].Sandbox);
        Assert.Equal(["x", "--y"], again["p"].McpServers.Single().Command);
        Assert.Equal("c.com", again["p/docs"].Egress.Single().Host);
    }

    [Fact]
    public void Draft_OfNothing_IsTheProfileItself()
    {
        var again = PolicyParser.Parse(PolicyDraft.Write(Profile, []), "draft.yaml").Document!.Profiles["p"];
        Assert.Equal(PolicyDraft.Write(Profile, []), PolicyDraft.Write(again, []));
        Assert.Equal(Profile.Sandbox, again.Sandbox);
        Assert.Equal(Profile.Secrets[0].Source, again.Secrets[0].Source);
        Assert.Equal(Profile.Egress.Select(rule => rule.Host), again.Egress.Select(rule => rule.Host));
    }

    private static IEnumerable<string> KeyNames() =>
        Regex.Matches(PolicyReference.Write(), "^\\| `([A-Za-z]+)` \\|", RegexOptions.Multiline).Select(match => match.Groups[1].Value).Distinct();
}
