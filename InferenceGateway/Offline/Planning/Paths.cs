namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>Names of files as tools spell them. Not a security boundary: the file gate judges every path again.</summary>
internal static class Paths
{
    /// <summary>"./a//b/" → "a/b"; "." and "" are the root.</summary>
    public static string Normal(string path) =>
        string.Join('/', path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    public static string Under(string directory, string path)
    {
        var normal = Normal(path);
        return directory.Length == 0 || normal.StartsWith(directory + "/", StringComparison.Ordinal) ? normal : normal.Length == 0 ? "" : $"{directory}/{normal}";
    }

    public static int Depth(string path) => path.Count(c => c == '/');
}
