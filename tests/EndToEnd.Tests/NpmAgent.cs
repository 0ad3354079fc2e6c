using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>A coding agent as npm has it.</summary>
/// <param name="Command">On a task. <c>{tools}</c> is the directory it is installed in.</param>
/// <param name="Conversation">Without one.</param>
/// <param name="Ready">On its screen when it takes a task.</param>
/// <param name="Habit">A host it asks for by itself in a conversation, whatever the task.</param>
/// <param name="Profile">Of the directory it is installed in: lines of its profile.</param>
internal sealed partial record NpmAgent(string Package, string Command, string Conversation, string Ready, string Habit, Func<string, string> Profile)
{
    private const string Gateway = "http://127.0.0.1:11434/v1";

    /// <summary>Where an operator has put it; null for one that the tests install themselves.</summary>
    public string? Installed { get; private init; }

    public static IReadOnlyDictionary<string, NpmAgent> All { get; } = new Dictionary<string, NpmAgent>(StringComparer.Ordinal)
    {
        ["continue"] = new(
            "@continuedev/cli@1.5.47", "cn --config /home/agent/.continue/config.yaml --auto -p", "cn --config /home/agent/.continue/config.yaml --auto", "Ask anything", "api.continue.dev",
            WithFile(".continue/config.yaml", $$$"""{"name":"gateway","version":"1.0.0","schema":"v1","models":[{"name":"gateway","provider":"openai","model":"{{{FakeModel.Name}}}","apiBase":"{{{Gateway}}}","apiKey":"none","roles":["chat"]}]}""")),
        ["pi"] = new(
            "@mariozechner/pi-coding-agent@0.73.1", $"pi --model gateway/{FakeModel.Name} -p", $"pi --model gateway/{FakeModel.Name}", "(gateway)", "api.github.com",
            WithFile(".pi/agent/models.json", $$$"""{"providers":{"gateway":{"baseUrl":"{{{Gateway}}}","api":"openai-completions","apiKey":"none","models":[{"id":"{{{FakeModel.Name}}}"}] } } }""")),

        // The program alone: the package around it puts it into place by a script, and no script of a package runs here.
        ["claude-code"] = new(
            $"@anthropic-ai/claude-code-linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}@2.1.197", $"{Claude} -p", Claude, "bypass permissions on", "downloads.claude.ai", Preset("claude-code")),
        ["codex"] = new("@openai/codex", "codex exec --skip-git-repo-check", "codex", "Ask Codex to do anything", "github.com", Preset("codex")) { Installed = "/opt/agents/codex" },
    };

    private static string Claude => $"{{tools}}/node_modules/@anthropic-ai/claude-code-linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}/claude";

    /// <summary>Words of npm when there is no way to a registry, or it has not this package.</summary>
    private static readonly string[] NoRegistry = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "E404", "ETARGET", "ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT"];

    /// <summary>Into a directory as an operator would; nothing of the package runs. Null, or why there is none here.</summary>
    public async Task<string?> InstallAsync(string directory, string cache)
    {
        if (Installed is not null)
        {
            return Directory.Exists(Installed) ? null : $"is too large to fetch for a test (more than 400 MB); npm install --prefix {Installed} {Package}";
        }

        var installed = await Product.RunAsync(
            "npm", ["install", "--prefix", directory, "--cache", cache, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries", "1", Package]);
        Assert.True(installed.ExitCode == 0 || NoRegistry.Any(word => installed.Stderr.Contains(word, StringComparison.Ordinal)), installed.ToString());
        return installed.ExitCode == 0 ? null : $"npm does not get {Package} here: {installed.Stderr.Split('\n')[0]}";
    }

    private static Func<string, string> WithFile(string file, string text) => directory => $$"""
            sandbox:
              cpu: 2
              memory: 2GiB
              pids: 512
              tools: [{{directory}}]
              home: { {{file}}: '{{text}}' }
            files:
              - { root: "${workspace}", allow: ["**"], access: propose, deliver: copy }
            inference: { models: ["{{FakeModel.Name}}"], maxTokens: 1000000 }
        """;

    /// <summary>The profile of samples/agents, with the test's model and place of installation and nothing else changed.</summary>
    private static Func<string, string> Preset(string name) => directory =>
    {
        var text = File.ReadAllText(Path.Combine(Product.Root, "samples", "agents", $"{name}.yaml"));
        return ToolsLine().Replace(text[(text.IndexOf("  default:\n", StringComparison.Ordinal) + "  default:\n".Length)..], $"tools: [{directory}]")
            .Replace("offline-extractive", FakeModel.Name, StringComparison.Ordinal);
    };

    [GeneratedRegex(@"tools: \[/opt/agents/[a-z-]+\]")]
    private static partial Regex ToolsLine();
}
