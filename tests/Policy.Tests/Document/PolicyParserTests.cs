using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Tests.Document;

public sealed class PolicyParserTests
{
    /// <summary>The document of the design, with every key that the language has.</summary>
    private const string Complete = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            sandbox: { driver: bubblewrap, cpu: 1.5, memory: 1GiB, pids: 256, wallClock: 30m, output: 64MiB, tmp: 100MB, tools: [/opt/agents], environment: { TOOL_MODEL: "x y" }, home: { .config/tool.json: "{}\n" } }
            files:
              - { root: "${workspace}", allow: ["**"], deny: ["**/.env", "**/*.pem", "**/.git/hooks/**"], access: read, maxFile: 10MiB, budget: 1GiB, hidden: true, hardLinks: allow }
              - root: ${workspace}
                allow: [docs/a.md]
                access: propose
            egress:
              - { host: API.Anthropic.com., ports: [443], inspect: { methods: [POST], paths: ["/v1/messages"] }, inject: anthropic }
              - { host: "*.example.com" }
              - { host: "127.0.0.1", ports: [8080, 8081], allowPrivate: true }
            secrets:
              anthropic: { vault: "secret/ai/anthropic#token", deliver: { header: x-api-key, host: api.anthropic.com }, ttl: 15m }
              github: { embedded: github.token, deliver: { header: authorization, prefix: "Bearer ", host: api.github.com, methods: [GET] } }
            inference: { models: ["*"], maxTokens: 200000 }
            honeypots: [files, hosts, secrets]
            ask: [egress, write]
          empty: {}
        """;

    [Fact]
    public void Parse_EveryKey_ReadsEachValue()
    {
        var profile = Parsed(Complete).Profiles["default"];

        Assert.Equal(("default", 5), (profile.Name, profile.Line));
        Assert.Equal(new SandboxPolicy("bubblewrap", 1.5, 1L << 30, 256, TimeSpan.FromMinutes(30), 64L << 20, 100_000_000)
        {
            Tools = new(["/opt/agents"]), Environment = new([new("TOOL_MODEL", "x y")]), Home = new([new(".config/tool.json", "{}\n")]),
        }, profile.Sandbox);

        var files = profile.Files[0];
        Assert.Equal("${workspace}", files.Root);
        Assert.Equal(["**"], files.Allow.Select(glob => glob.Text));
        Assert.Equal(["**/.env", "**/*.pem", "**/.git/hooks/**"], files.Deny.Select(glob => glob.Text));
        Assert.Equal((FileAccessMode.Read, 10L << 20, 1L << 30, true, true), (files.Access, files.MaxFileBytes, files.BudgetBytes, files.Hidden, files.HardLinks));
        Assert.Equal(("files[0]", 7), (files.Rule.Path, files.Rule.Line));
        Assert.Equal((FileAccessMode.Propose, 9), (profile.Files[1].Access, profile.Files[1].Allow[0].Line));

        var egress = profile.Egress;
        Assert.Equal(["api.anthropic.com", "*.example.com", "127.0.0.1"], egress.Select(rule => rule.Host));
        Assert.Equal([443], egress[1].Ports);
        Assert.Equal([8080, 8081], egress[2].Ports);
        Assert.Equal(["POST"], egress[0].Inspect!.Methods);
        Assert.Equal(["/v1/messages"], egress[0].Inspect!.Paths.Select(path => path.Text));
        Assert.Equal("anthropic", egress[0].Inject);
        Assert.True(egress[2].AllowPrivate);

        Assert.Equal(new SecretSource.Vault("secret", "ai/anthropic", "token"), profile.Secrets[0].Source);
        Assert.Equal(["GET", "HEAD", "POST"], profile.Secrets[0].Methods);
        var github = profile.Secrets[1];
        Assert.Equal(new SecretSource.Embedded("github.token"), github.Source);
        Assert.Equal(("github", "authorization", "Bearer ", "api.github.com"), (github.Name, github.Header, github.Prefix, github.Host));

        Assert.Equal(200_000, profile.Inference!.MaxTokens);
        Assert.Equal(["files", "hosts", "secrets"], profile.Honeypots);
        Assert.Equal(["egress", "write"], profile.Ask);
Assert.Equal("{host: \"*.example.com\"}", egress[1].Rule.Text);
    }

    private static PolicyDocument Parsed(string text)
    {
        var result = PolicyParser.Parse(text, "p.yaml");
        Assert.Empty(result.Errors.Select(error => error.ToString()));
        return result.Document!;
    }
}
