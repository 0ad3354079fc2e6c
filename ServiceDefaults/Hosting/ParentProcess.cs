using System.Globalization;
using Microsoft.Extensions.Configuration;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Ties a component's life to the host that started it, so that not even <c>kill -9</c> of the host leaves one behind.</summary>
public static class ParentProcess
{
    /// <summary>Process id of the host, set by it.</summary>
    public const string Variable = "SECUREAGENT_PARENT_PID";

    public static void DieWith(IConfiguration configuration)
    {
        if (configuration[Variable] is not { Length: > 0 } text || !OperatingSystem.IsLinux())
        {
            return;
        }

        if (!Libc.DieWithParent() || Libc.ParentProcessId() != int.Parse(text, CultureInfo.InvariantCulture))
        {
            throw new StartupException($"the host (process {text}) is gone; start it again: dotnet run --project AppHost");
        }
    }
}
