namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// MCP file servers speak of absolute paths below their allowed directories. There is one, <c>/workspace</c>, whatever the folder is called on
/// the host; a path relative to it is taken too. Only that prefix is removed: what remains is judged as written.
/// </summary>
internal static class McpPaths
{
    public const string Root = "/workspace";

    public static string ToWorkspace(string path) => path switch
    {
        Root or Root + "/" or "." => "",
        _ when path.StartsWith(Root + "/", StringComparison.Ordinal) => path[(Root.Length + 1)..],
        _ => path,
    };

    /// <summary>Where only a directory can be meant, one slash behind it says no more.</summary>
    public static string ToDirectory(string path) => ToWorkspace(path is [.., not '/', '/'] ? path[..^1] : path);

    public static string FromWorkspace(string path) => path.Length == 0 ? Root : $"{Root}/{path}";
}
