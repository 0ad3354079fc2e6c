using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Everything that can be known to be wrong with a request before anything is started.</summary>
internal sealed class SessionRequestValidator(IOptions<AgentRunnerOptions> options, ServerPolicy serverPolicy, SandboxService sandboxes, ComponentContext component)
{
    /// <summary>One argument may have 128 KiB on Linux (MAX_ARG_STRLEN); the whole is bounded likewise.</summary>
    private const int MaxCommandBytes = 128 * 1024 - 1;
    private const int MaxName = 64;
    private const int MaxCells = 1000;

    /// <summary>Throws <see cref="SessionRefusedException"/>.</summary>
    public async Task<SessionPlan> CheckAsync(CreateSessionRequest request, CancellationToken cancellationToken)
    {
        CheckWorkspace(request.Workspace);
        CheckName(request.Name);
        CheckTerminal(request.Terminal);
        var (text, source) = TextOf(request);
        var profile = ProfileOf(text, source, request.Profile.Length > 0 ? request.Profile : "default");
        var command = Command(request);
        var plan = await PlanAsync(request, profile, (text, source), command, request.Command.Count > 0 ? "command" : "task", cancellationToken);
        var servers = new List<SessionPlan>();
        foreach (var server in profile.McpServers)
        {
            CheckCommand(server.Command);
            var own = ProfileOf(text, source, McpServer.ProfileName(profile.Name, server.Name));
            servers.Add(await PlanAsync(request, own, (text, source), server.Command, "mcp_server", cancellationToken) with { Server = server.Name });
        }

        return plan with { Name = request.Name, Terminal = request.Terminal, Servers = servers };
    }

    private async Task<SessionPlan> PlanAsync(
        CreateSessionRequest request, Profile profile, (string Text, string Source) policy, IReadOnlyList<string> command, string what, CancellationToken cancellationToken)
    {
        CheckTools(profile, request.Workspace);
        var accepted = Accepted(request);
        var found = await DriverAsync(profile, cancellationToken);
        return new SessionPlan(request.Workspace, profile, policy.Text, command, what, Missing(found, accepted), accepted, "", null) { Driver = found, PolicySource = policy.Source };
    }

    private static void CheckWorkspace(string workspace)
    {
        if (workspace.Length == 0)
        {
            return;
        }

        if (!Path.IsPathFullyQualified(workspace) || workspace.Contains('\0', StringComparison.Ordinal))
        {
            throw SessionRefusedException.Invalid($"workspace '{workspace}' is not an absolute path");
        }

        if (!Directory.Exists(workspace))
        {
            throw SessionRefusedException.Invalid(File.Exists(workspace)
                ? $"workspace '{workspace}' is a file; give a directory"
                : $"workspace '{workspace}' does not exist; give an existing directory");
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length > MaxName || name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')) || name.StartsWith("s-", StringComparison.Ordinal))
        {
            throw SessionRefusedException.Invalid($"name '{name}' must be at most {MaxName} letters, digits, '-', '_' and '.', and not look like an id (s-…)");
        }
    }

    /// <summary>Throws <see cref="SessionRefusedException"/>.</summary>
    public static void CheckTerminal(Terminal? terminal)
    {
        if (terminal is not null && (terminal.Rows is 0 or > MaxCells || terminal.Columns is 0 or > MaxCells || terminal.Type.Length > MaxName || !terminal.Type.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '+' or '.' or '_')))
        {
            throw SessionRefusedException.Invalid($"terminal: rows and columns are 1 to {MaxCells}, the type a terminfo name such as xterm-256color");
        }
    }

    private (string Text, string Source) TextOf(CreateSessionRequest request) =>
        request.Policy.Length > 0 ? (request.Policy, request.PolicySource is { Length: > 0 } name ? name : "policy") : serverPolicy.Read();

    /// <summary>Throws <see cref="SessionRefusedException"/> with every error of the document, or why this server cannot enforce the profile.</summary>
    public static Profile ProfileOf(string text, string source, string wanted)
    {
        var parsed = RecentPolicies.Parse(text, source);
        if (parsed.Document is null)
        {
            throw SessionRefusedException.Invalid(string.Join('\n', parsed.Errors));
        }

        if (!parsed.Document.Profiles.TryGetValue(wanted, out var profile))
        {
            throw SessionRefusedException.Invalid(
                $"profile '{wanted}' is not in {source}; it has {string.Join(", ", parsed.Document.Profiles.Keys.Order(StringComparer.Ordinal))}");
        }

        var unsupported = PolicySupport.Unsupported(profile);
        return unsupported.Count == 0
            ? profile
            : throw SessionRefusedException.Invalid($"{source}, profile {wanted}: {string.Join('\n', unsupported)}");
    }

    /// <summary>The policy has looked at the paths; this looks at what is there.</summary>
    private void CheckTools(Profile profile, string workspace)
    {
        string[] closed = [component.DataDirectory, component.RunDirectory, .. profile.Files.Select(grant => grant.Root == FileRoots.Workspace ? workspace : grant.Root).Where(root => root.Length > 0)];
        if (profile.Sandbox.Tools.Select(tool => ToolDirectories.Refusal(tool, closed)).FirstOrDefault(refusal => refusal is not null) is { } refusal)
        {
            throw SessionRefusedException.Invalid($"profile {profile.Name}, sandbox.tools: {refusal}");
        }
    }

    private IReadOnlyList<string> Command(CreateSessionRequest request)
    {
        if (request.Task.Length > 0 == request.Command.Count > 0)
        {
            throw SessionRefusedException.Invalid("give either a task for the built-in agent or a command to run");
        }

        if (request.Task.Length > 0 && sandboxes.Host.Program.AgentDirectory is null)
        {
            throw new SessionRefusedException(StatusCode.Unavailable, "the built-in agent is not built; build it (dotnet build DesktopAgent) or give a command");
        }

        IReadOnlyList<string> command = request.Command.Count > 0 ? [.. request.Command] : sandboxes.Host.Program.BuiltInAgent(request.Task);
        CheckCommand(command);
        return command;
    }

    /// <summary>Throws <see cref="SessionRefusedException"/>.</summary>
    public static void CheckCommand(IReadOnlyList<string> command)
    {
        if (command.Count == 0 || command[0].Length == 0)
        {
            throw SessionRefusedException.Invalid("the command is empty");
        }

        if (command.Any(part => part.Contains('\0', StringComparison.Ordinal)) || command.Sum(part => Encoding.UTF8.GetByteCount(part) + 1) > MaxCommandBytes)
        {
            throw SessionRefusedException.Invalid($"the command or task holds a NUL byte or is longer than {MaxCommandBytes} bytes");
        }
    }

    private IReadOnlyList<string> Accepted(CreateSessionRequest request)
    {
        var unknown = request.AllowDegraded.Where(layer => !SandboxProbe.Degradable.Contains(layer)).ToArray();
        return unknown.Length == 0
            ? [.. options.Value.AllowDegraded.Concat(request.AllowDegraded).Distinct(StringComparer.Ordinal)]
            : throw SessionRefusedException.Invalid(
                $"--allow-degraded {string.Join(", ", unknown)}: not a layer a session can do without; choose from {string.Join(", ", SandboxProbe.Degradable)}");
    }

    private async Task<DriverState> DriverAsync(Profile profile, CancellationToken cancellationToken)
    {
        try
        {
            return await sandboxes.Host.Drivers.ForAsync(profile, cancellationToken);
        }
        catch (SandboxException failure)
        {
            throw new SessionRefusedException(StatusCode.Unavailable, $"sandbox.driver {profile.Sandbox.Driver}: {failure.Message}", failure);
        }
    }

    /// <summary>Missing layers that are accepted, by the operator or with the choice of driver; one that is not ends here.</summary>
    private static List<SandboxLayer> Missing(DriverState found, IReadOnlyList<string> accepted)
    {
        var missing = found.Layers.Where(layer => !layer.Present)
            .Select(layer => found.Driver.StandsInFor.TryGetValue(layer.Name, out var instead) ? layer with { Detail = $"driver {found.Driver.Name}: {instead}" } : layer).ToList();
        var refused = missing.FindAll(layer => !accepted.Contains(layer.Name) && !found.Driver.StandsInFor.ContainsKey(layer.Name));
        return refused.Count == 0
            ? missing
            : throw new SessionRefusedException(StatusCode.Unavailable, $"sandbox layer {refused[0].Name} is missing: {refused[0].Detail}");
    }
}
