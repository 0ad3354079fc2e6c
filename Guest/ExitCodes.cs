namespace SecureAgent.Guest;

/// <summary>Exit codes that are not the agent's, as shells and container engines use them.</summary>
internal static class ExitCodes
{
    /// <summary>The sandbox could not be set up, or a layer is missing; the agent did not start.</summary>
    public const int SandboxFailed = 125;

    /// <summary>The agent's program exists but cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>The agent's program was not found.</summary>
    public const int NotFound = 127;

    public static int OfSignal(int signal) => 128 + signal;
}
