namespace SecureAgent.Bench;

public static class Programs
{
    /// <summary>Full path of a program, or null.</summary>
    public static string? Find(string name) =>
        PathVariable().Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string PathVariable() => (string?)Environment.GetEnvironmentVariables()["PATH"] ?? "";
}
