namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Where a server keeps its state unless <c>--data</c> says otherwise.</summary>
public static class DataDirectory
{
    public const string Help = "Directory of the audit log and the secret store; one server per directory. Default: /var/lib/secure-agent for root, else $XDG_STATE_HOME/secure-agent.";

    public static string Default() => UnixSocketHttp.OwnUserId == 0
        ? "/var/lib/secure-agent"
        : Path.Combine(
            Variable("XDG_STATE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"),
            "secure-agent");

    /// <summary>A variable of the environment; null when it is missing or empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariables()[name] as string is { Length: > 0 } value ? value : null;
}
