using System.CommandLine;
using SecureAgent.Cli.Audit;
using SecureAgent.Cli.Changes;
using SecureAgent.Cli.Manifests;
using SecureAgent.Cli.Policies;
using SecureAgent.Cli.Run;
using SecureAgent.Cli.Secrets;
using SecureAgent.Cli.Sessions;

namespace SecureAgent.Cli;

/// <summary>The <c>secure-agent</c> command. Exit codes: the agent's own for <c>run</c>; 0 done; 1 checked and found wanting; 2 could not do what was asked.</summary>
internal static class CommandLine
{
    /// <summary>Errors are ours to word, and so are signals: the library would end the process two seconds after the first one.</summary>
    private static readonly InvocationConfiguration Configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    public static async Task<int> RunAsync(string[] args)
    {
        // All after the first "--" is the agent's command line, options and all.
        var at = Array.IndexOf(args, "--");
        var (own, command) = at < 0 ? (args, []) : (args[..at], args[(at + 1)..]);
        try
        {
            var parsed = Create(command, hasCommand: at >= 0).Parse(own);
            return parsed.Errors.Count > 0 ? await ReportAsync(parsed) : await parsed.InvokeAsync(Configuration);
        }
        catch (CommandException error)
        {
            await Console.Error.WriteLineAsync($"secure-agent: {error.Message}");
            return error.ExitCode;
        }
    }

    /// <summary>The whole command line; nothing is run.</summary>
    internal static RootCommand Create(string[] command, bool hasCommand) => new("SecureAgent: run autonomous agents without handing them the home directory, the network or the keys.")
    {
        RunCommand.Create(command, hasCommand),
        SessionCommands.Create(command),
        ConsoleCommand.Create(),
        ChangeCommands.Create(),
        AuditCommands.Create(),
        SecretCommands.Create(),
        VaultCommands.Create(),
        PolicyCommands.Create(),
        ManifestCommands.Create(),
    };

    private static async Task<int> ReportAsync(ParseResult parsed)
    {
        await Console.Error.WriteLineAsync($"secure-agent: {UsageError.Of(parsed)}");
        return CommandException.Refused;
    }
}
