using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.Contracts.Guest;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>What a session's programs are started with: the agent, and what the operator runs beside it.</summary>
/// <param name="more">What the session's gates add to the environment.</param>
internal sealed class AgentStarts(string sessionId, GuestProgram program, SandboxPolicy policy, IReadOnlyList<KeyValuePair<string, string>> more)
{
    /// <summary>The agent itself, which finds the profile's files in its home.</summary>
    public AgentStart First(IReadOnlyList<string> command, Terminal? terminal) => Of(command, terminal) with
    {
        GatesOpen = true, HomeFiles = policy.Home.Count == 0 ? null : policy.Home.ToDictionary(file => file.Name, file => file.Text, StringComparer.Ordinal),
    };

    public AgentStart Of(IReadOnlyList<string> command, Terminal? terminal) => new(command, Environment(terminal), SizeOf(terminal));

    public static TerminalSize? SizeOf(Terminal? terminal) => terminal is null ? null : new TerminalSize((ushort)terminal.Rows, (ushort)terminal.Columns);

    private IReadOnlyDictionary<string, string> Environment(Terminal? terminal)
    {
        var environment = AgentEnvironment.Build(sessionId, program.DotnetRootInside, policy, more);
        return terminal is { Type.Length: > 0 } ? new SortedDictionary<string, string>(environment.ToDictionary(), StringComparer.Ordinal) { ["TERM"] = terminal.Type } : environment;
    }
}
