namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Why a session ended; the closed set of <c>Summary.end_reason</c>.</summary>
internal static class EndReasons
{
    public const string Exited = "exited";
    public const string Killed = "killed";
    public const string WallClock = "wall_clock";
    public const string OutputLimit = "output_limit";
    public const string MemoryLimit = "memory_limit";
    public const string Failed = "failed";

    /// <summary>An MCP server: the session it was for is over.</summary>
    public const string ParentEnded = "parent_ended";

    /// <summary>As the gates know it (<c>CloseSessionRequest.reason</c>).</summary>
    public static string ForGates(string reason) => reason switch
    {
        Killed => "killed",
        WallClock => "wall_clock",
        Exited or ParentEnded => "ended",
        _ => "killed",
    };
}
