using System.Diagnostics;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>A program of the host that is asked once.</summary>
internal static class HostCommand
{
    /// <summary>Exit code, and what it said on both streams, stderr last.</summary>
    /// <param name="input">Writes its standard input; null for none.</param>
    public static async Task<(int Code, string Words)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken, Func<Stream, Task>? input = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var process = Process.Start(start) ?? throw new SandboxException($"{command[0]} did not start");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        try
        {
            await (input?.Invoke(process.StandardInput.BaseStream) ?? Task.CompletedTask);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything: its words and its exit code say why.
        }

        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, $"{await output}\n{await errors}".Trim());
    }
}
