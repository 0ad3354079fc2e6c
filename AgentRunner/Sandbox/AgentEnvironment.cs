using System.Globalization;
using SecureAgent.Contracts;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>The agent's whole environment: the documented variables and nothing of the server's.</summary>
internal static class AgentEnvironment
{
    /// <summary>Where the profile gives the sandbox a way to ask for secrets.</summary>
    public static IReadOnlyDictionary<string, string> SecretDoor { get; } = new Dictionary<string, string>
    {
        ["VAULT_ADDR"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.Secrets}"),
        ["VAULT_TOKEN"] = "none",
    };

    /// <param name="dotnetRoot">Directory of <c>dotnet</c> as the sandbox sees it.</param>
    /// <param name="more">What the session's gates add.</param>
    public static IReadOnlyDictionary<string, string> Build(string sessionId, string dotnetRoot, params IEnumerable<KeyValuePair<string, string>> more) =>
        Build(sessionId, dotnetRoot, SandboxPolicy.Default, more);

    /// <param name="policy">Its tools come first in PATH, its own variables before all others.</param>
    public static IReadOnlyDictionary<string, string> Build(string sessionId, string dotnetRoot, SandboxPolicy policy, IEnumerable<KeyValuePair<string, string>> more)
    {
        var proxy = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.EgressProxy}");
        const string noProxy = "127.0.0.1,localhost";
        string[] programs = [.. ToolDirectories.Programs(policy.Tools), "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", dotnetRoot];
        var environment = new SortedDictionary<string, string>(new Dictionary<string, string>(more), StringComparer.Ordinal)
        {
            ["HOME"] = SandboxPaths.Home,
            ["PATH"] = string.Join(':', programs),
            ["USER"] = "agent",
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
            ["TMPDIR"] = "/tmp",
            ["FILE_GATE_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.FileGate}"),
            ["HTTP_PROXY"] = proxy,
            ["HTTPS_PROXY"] = proxy,
            ["ALL_PROXY"] = proxy,
            ["NO_PROXY"] = noProxy,
            ["http_proxy"] = proxy,
            ["https_proxy"] = proxy,
            ["all_proxy"] = proxy,
            ["no_proxy"] = noProxy,
            ["OPENAI_BASE_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.Inference}/v1"),
            ["OPENAI_API_KEY"] = "none",
            ["SECUREAGENT_SESSION"] = sessionId,
        };
        foreach (var (name, text) in policy.Environment)
        {
            environment[name] = text;
        }

        return environment;
    }
}
