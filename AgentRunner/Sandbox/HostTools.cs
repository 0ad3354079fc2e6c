namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Programs of the host that the chain uses; null where one is missing.</summary>
internal sealed record HostTools(string? Bubblewrap, string? Setpriv, string? Unshare, string? Runsc = null, string? Podman = null, string? Kata = null, string? Docker = null)
{
    /// <param name="searchPath">The server's PATH. System directories are searched after it: services often lack them.</param>
    public static HostTools Find(string? searchPath) =>
        new(Locate("bwrap", searchPath), Locate("setpriv", searchPath), Locate("unshare", searchPath), Locate("runsc", searchPath), Locate("podman", searchPath), Locate("kata-runtime", searchPath), Locate("docker", searchPath));

    private static string? Locate(string program, string? searchPath) =>
        (searchPath ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/sbin", "/sbin"])
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);
}
