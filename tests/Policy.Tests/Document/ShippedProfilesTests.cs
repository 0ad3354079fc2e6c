using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Tests.Document;

public sealed class ShippedProfilesTests
{
    private static readonly PolicyDocument Shipped = Load("policies/default.yaml");

    [Theory]
    [InlineData("default")]
    [InlineData("strict")]
    [InlineData("offline")]
    public void ShippedProfile_IsEnforcedAsWritten(string name)
    {
        var profile = Shipped.Profiles[name];

        Assert.Empty(PolicySupport.Unsupported(profile));
        Assert.Empty(profile.Egress);
        Assert.Empty(profile.Secrets);
        Assert.All(profile.Files, grant => Assert.Equal("${workspace}", grant.Root));
    }

    [Theory]
    [InlineData("notes/2024.md", true)]
    [InlineData("src/deep/Program.cs", true)]
    [InlineData("keys.md", true)]
    [InlineData(".env", false)]
    [InlineData("app/.ENV", false)]
    [InlineData("app/.env.local", false)]
    [InlineData("tls/server.KEY", false)]
    [InlineData("id_rsa", false)]
    [InlineData("backup/id_ed25519.pub", false)]
    [InlineData(".git/hooks/pre-commit", false)]
    [InlineData(".ssh/known_hosts", false)]
    [InlineData("deploy/credentials.json", false)]
    [InlineData(".editorconfig", false)]
    public void EveryShippedProfile_CommonPaths_AreJudgedAlike(string path, bool isAllowed)
    {
        foreach (var profile in Shipped.Profiles.Values)
        {
            Assert.Equal(isAllowed, FilePolicy.Decide(profile.Files, path, FileOperation.Read).IsAllowed);
        }
    }

    [Theory]
    [InlineData("aider", "aider")]
    [InlineData("generic", "generic")]
    [InlineData("goose", "goose")]
    [InlineData("opencode", "opencode")]
    [InlineData("claude-code", "claude-code")]
    [InlineData("codex", "codex")]
    [InlineData("claude-code-anthropic", "claude-code", "api.anthropic.com")]
    [InlineData("codex-openai", "codex", "api.openai.com")]
    public void SampleProfile_IsEnforcedAsWritten_AndReachesNothingButItsModel(string name, string installed, params string[] hosts)
    {
        var profile = Assert.Single(Load($"samples/agents/{name}.yaml").Profiles.Values);
        Assert.Empty(PolicySupport.Unsupported(profile));
        Assert.Equal(hosts, profile.Egress.Select(rule => rule.Host));
        Assert.All(profile.Egress, rule => Assert.True(rule is { Inspect: not null, Inject: not null, Route: not null }));
        Assert.Equal(hosts.Length == 0, profile.Inference is not null);
        Assert.Equal([$"/opt/agents/{installed}"], profile.Sandbox.Tools);
        Assert.False(FilePolicy.Decide(profile.Files, "app/.env", FileOperation.Read).IsAllowed);
        Assert.True(FilePolicy.Decide(profile.Files, "src/Program.cs", FileOperation.Read).IsAllowed);
        Assert.All(profile.Files, grant => Assert.Equal(FileAccessMode.Propose, grant.Access));
    }

    private static PolicyDocument Load(string file)
    {
        var result = PolicyParser.Parse(Repository.Read(file), file);
        Assert.Empty(result.Errors.Select(error => error.ToString()));
        return result.Document!;
    }
}
