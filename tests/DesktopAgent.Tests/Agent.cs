using System.Collections;
using SecureAgent.DesktopAgent.Run;

namespace SecureAgent.DesktopAgent.Tests;

internal sealed record AgentOutcome(int ExitCode, string Output, string Error);

/// <summary>Runs the agent as the command line does.</summary>
internal static class Agent
{
    public static async Task<AgentOutcome> RunAsync(string? gate, string? model, string task = "What is the date?", string? chosen = null, TextWriter? output = null)
    {
        var environment = new Hashtable { [AgentOptions.FileGateKey] = gate, [AgentOptions.InferenceKey] = model, [AgentOptions.ApiKeyKey] = "none", [AgentOptions.ModelKey] = chosen };
        using var captured = new StringWriter();
        using var error = new StringWriter();
        var code = await Entry.RunAsync([task], environment, output ?? captured, error, CancellationToken.None);
        return new AgentOutcome(code, captured.ToString(), error.ToString());
    }
}
