using System.Diagnostics;

namespace SecureAgent.Cli.Server;

/// <summary>Finds the AppHost that belongs to this build.</summary>
internal static class HostProgram
{
    /// <summary>Full path of the AppHost assembly, for installations that keep it elsewhere.</summary>
    private const string Variable = "SECUREAGENT_APPHOST";

    public static ProcessStartInfo StartInfo() => new("dotnet")
    {
        ArgumentList = { Find() },
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static string Find()
    {
        if (Environment.GetEnvironmentVariables()[Variable] is string { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new CommandException($"{Variable} names '{named}', which does not exist");
        }

        // artifacts/bin/Cli/CONFIGURATION beside artifacts/bin/AppHost/CONFIGURATION
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var beside = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "AppHost", configuration, "SecureAgent.AppHost.dll"));
        return File.Exists(beside)
            ? beside
            : throw new CommandException($"the AppHost is not built ({beside} is missing); build it: dotnet build SecureAgent.sln, or name it in {Variable}");
    }
}
