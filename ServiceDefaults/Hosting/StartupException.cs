namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Something the operator must mend before the process can serve. The message is one line: what is wrong and which step mends it. Exit code 2.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner)
{
    public const int ExitCode = 2;
}
