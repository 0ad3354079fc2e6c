using System.Text.RegularExpressions;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The presets of samples/agents: each is accepted as it is, and in its sandbox the agent finds what its own manual names.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed partial class PresetTests(SharedServer shared) : IDisposable
{
    private const string Gateway = "http://127.0.0.1:11434";
    private const string Route = "http://127.0.0.1:3128/route";

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-preset-");

    public static IReadOnlyDictionary<string, string[]> Expected { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["aider"] = [$"OPENAI_API_BASE={Gateway}/v1", "OPENAI_API_KEY=none", "AIDER_MODEL=openai/offline-extractive", "AIDER_CHECK_UPDATE=false", "AIDER_ANALYTICS_DISABLE=true"],
        ["claude-code"] =
        [
            $"ANTHROPIC_BASE_URL={Gateway}\n", "ANTHROPIC_AUTH_TOKEN=none", "ANTHROPIC_MODEL=offline-extractive", "ANTHROPIC_DEFAULT_HAIKU_MODEL=offline-extractive",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", ".claude/settings.json", "\"defaultMode\": \"bypassPermissions\"",
        ],
        ["claude-code-anthropic"] = [$"ANTHROPIC_BASE_URL={Route}/anthropic", "ANTHROPIC_AUTH_TOKEN=none", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "NODE_EXTRA_CA_CERTS=/run/secure-agent/authority.pem"],
        ["codex"] = [".codex/config.toml", $"base_url = \"{Gateway}/v1\"", "wire_api = \"responses\"", "model = \"offline-extractive\"", "model_provider = \"gateway\"", "web_search = \"disabled\""],
        ["codex-openai"] = [".codex/config.toml", $"base_url = \"{Route}/openai/v1\"", "wire_api = \"responses\"", "env_key = \"OPENAI_API_KEY\"", "model_provider = \"proxy\""],
        ["generic"] = [$"OPENAI_BASE_URL={Gateway}/v1", $"OPENAI_API_BASE={Gateway}/v1", "OPENAI_API_KEY=none", "OPENAI_MODEL=offline-extractive"],
        ["goose"] = ["GOOSE_PROVIDER=openai", "GOOSE_MODEL=offline-extractive", $"OPENAI_HOST={Gateway}\n", "OPENAI_BASE_PATH=v1/chat/completions", "OPENAI_API_KEY=none"],
        ["opencode"] = [".config/opencode/opencode.json", $"\"baseURL\": \"{Gateway}/v1\"", "\"model\": \"gateway/offline-extractive\"", "OPENCODE_DISABLE_AUTOUPDATE=1"],
    };

    public static TheoryData<string> Presets => [.. Directory.GetFiles(Directory_, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file))];

    private static string Directory_ => Path.Combine(Product.Root, "samples", "agents");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void EveryPreset_IsExpectedHere_AndInTheReadme()
    {
        var readme = File.ReadAllText(Path.Combine(Directory_, "README.md"));
        Assert.Equal(Expected.Keys.Order(StringComparer.Ordinal), Presets.Select(row => row.Data).Order(StringComparer.Ordinal));
        Assert.All(Expected.Keys, name => Assert.Contains($"| `{name}.yaml` |", readme, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task Preset_IsAccepted_AndTheAgentFindsItsModelItsFilesAndTheWayOut(string name)
    {
        var file = Path.Combine(Directory_, $"{name}.yaml");
        var check = await Product.CliAsync("policy", "check", file);
        Assert.True(check.ExitCode == 0, check.ToString());

        // Nothing is installed at the place it names: one of the test's own instead, and nothing else is changed.
        var tools = root.CreateSubdirectory("tools");
        foreach (var directory in new[] { root, tools, tools.CreateSubdirectory("bin") })
        {
            directory.UnixFileMode = (UnixFileMode)Convert.ToInt32("755", 8);
        }

        var policy = Path.Combine(root.FullName, "policy.yaml");
        var text = await File.ReadAllTextAsync(file);
        Assert.Single(ToolsLine().Matches(text));
        await File.WriteAllTextAsync(policy, ToolsLine().Replace(text, $"tools: [{tools.FullName}]"));
        var run = await shared.Server.RunAsync(
            "--policy", policy, "--workspace", Product.Notes, "--json", "--", "sh", "-c", "pwd; env; ls plan.md; cd; find . -type f | sed s,^./,,; find . -type f -exec cat {} +");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.StartsWith("/workspace\n", run.Answer, StringComparison.Ordinal);
        string[] common = ["plan.md", "HTTPS_PROXY=http://127.0.0.1:3128", $"PATH={tools.FullName}/bin:"];
        Assert.All(common.Concat(Expected[name]), expected => Assert.Contains(expected, run.Answer, StringComparison.Ordinal));
        Assert.Equal(0, run.Json.GetProperty("egress").GetProperty("denied").GetInt64());
    }

    [GeneratedRegex(@"tools: \[/opt/agents/[a-z-]+\]")]
    private static partial Regex ToolsLine();
}
