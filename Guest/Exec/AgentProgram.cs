using System.Runtime.InteropServices;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Exec;

/// <summary>Finds the agent's program as a shell would and becomes it.</summary>
internal static unsafe class AgentProgram
{
    /// <summary>Returns only when the program could not be executed: 126 or 127, as a shell.</summary>
    public static int Execute(AgentStart start, Action<GuestEvent> report)
    {
        using var argv = new NativeStrings(start.Command);
        using var environment = new NativeStrings([.. start.Environment.Select(entry => $"{entry.Key}={entry.Value}")]);
        var reason = Linux.ENOENT;
        foreach (var candidate in Candidates(start))
        {
            using var path = new NativeStrings([candidate]);
            _ = Libc.ExecVe(path.First, argv.Pointer, environment.Pointer);
            var errno = Marshal.GetLastPInvokeError();
            if (errno is not (Linux.ENOENT or Linux.ENOTDIR))
            {
                reason = errno; // a later directory may still have it; a found but unusable one is the better message
            }
        }

        var code = reason == Linux.ENOENT ? ExitCodes.NotFound : ExitCodes.NotExecutable;
        var detail = $"cannot run {start.Command[0]}: {Marshal.GetPInvokeErrorMessage(reason)}";
        Console.Error.WriteLine($"secure-agent: {detail}");
        report(new GuestEvent(GuestEvent.ExecFailed) { Detail = detail, Code = code });
        return code;
    }

    private static IEnumerable<string> Candidates(AgentStart start)
    {
        var program = start.Command[0];
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return [program];
        }

        return start.Environment.GetValueOrDefault("PATH", "/usr/bin:/bin")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => $"{directory}/{program}");
    }
}
