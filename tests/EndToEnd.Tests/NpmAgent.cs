namespace SecureAgent.EndToEnd.Tests;

/// <summary>An open-source coding agent as npm has it, and the files it wants to find in its home.</summary>
/// <param name="Command">On a task.</param>
/// <param name="Conversation">Without one.</param>
/// <param name="Ready">On its screen when it takes a task.</param>
/// <param name="Habit">A host it asks for by itself in a conversation, whatever the task.</param>
internal sealed record NpmAgent(string Package, string Command, string Conversation, string Ready, string Habit, string HomeFile, string HomeText)
{
    private const string Gateway = "http://127.0.0.1:11434/v1";

    public static IReadOnlyDictionary<string, NpmAgent> All { get; } = new Dictionary<string, NpmAgent>(StringComparer.Ordinal)
    {
        ["continue"] = new(
            "@continuedev/cli@1.5.47", "cn --config /home/agent/.continue/config.yaml --auto -p", "cn --config /home/agent/.continue/config.yaml --auto", "Ask anything", "api.continue.dev",
            ".continue/config.yaml", $$$"""{"name":"gateway","version":"1.0.0","schema":"v1","models":[{"name":"gateway","provider":"openai","model":"{{{FakeModel.Name}}}","apiBase":"{{{Gateway}}}","apiKey":"none","roles":["chat"]}]}"""),
        ["pi"] = new(
            "@mariozechner/pi-coding-agent@0.73.1", $"pi --model gateway/{FakeModel.Name} -p", $"pi --model gateway/{FakeModel.Name}", "(gateway)", "api.github.com",
            ".pi/agent/models.json", $$$"""{"providers":{"gateway":{"baseUrl":"{{{Gateway}}}","api":"openai-completions","apiKey":"none","models":[{"id":"{{{FakeModel.Name}}}"}] } } }"""),
    };

    /// <summary>Words of npm when there is no way to a registry, or it has not this package.</summary>
    private static readonly string[] NoRegistry = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "E404", "ETARGET", "ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT"];

    /// <summary>Into a directory as an operator would; nothing of the package runs. Null, or why there is none here.</summary>
    public async Task<string?> InstallAsync(string directory, string cache)
    {
        var installed = await Product.RunAsync(
            "npm", ["install", "--prefix", directory, "--cache", cache, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries", "1", Package]);
        Assert.True(installed.ExitCode == 0 || NoRegistry.Any(word => installed.Stderr.Contains(word, StringComparison.Ordinal)), installed.ToString());
        return installed.ExitCode == 0 ? null : $"npm does not get {Package} here: {installed.Stderr.Split('\n')[0]}";
    }

    public string Profile(string directory) => $$"""
            sandbox:
              cpu: 2
              memory: 2GiB
              pids: 512
              tools: [{{directory}}]
              home: { {{HomeFile}}: '{{HomeText}}' }
            files:
              - { root: "${workspace}", allow: ["**"], access: propose, deliver: copy }
            inference: { models: ["{{FakeModel.Name}}"], maxTokens: 1000000 }
        """;
}
