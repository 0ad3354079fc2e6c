namespace SecureAgent.Policy.Files;

/// <summary>Where a directory of installed programs may not be, as far as its path tells.</summary>
public static class ToolPlaces
{
    /// <summary>Neither these, nor what lies in them, nor what they lie in.</summary>
    private static readonly string[] Closed =
        ["/boot", "/dev", "/etc", "/home/agent", "/lost+found", "/proc", "/root", "/run", "/sys", "/var/backups", "/var/lib", "/var/log", "/var/mail", "/var/run", "/var/spool", "/workspace", "/opt/secure-agent"];

    /// <summary>Places of many things. A directory in one of them may be meant.</summary>
    private static readonly string[] Wide = ["/", "/bin", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/sbin", "/srv", "/tmp", "/usr", "/var", "/var/tmp"];

    /// <summary>Null, or what is wrong with the path and how to mend it.</summary>
    public static string? Refusal(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        const string mend = "install the tools into a directory of their own, as in /opt/NAME";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Wide.Contains(path, StringComparer.Ordinal) ? $"'{path}' is more than tools; {mend}"
            : path.StartsWith("/usr/", StringComparison.Ordinal) ? $"'{path}' is below /usr, which every sandbox sees; remove it"
            : Closed.FirstOrDefault(closed => Overlap(path, closed)) is { } closed ? $"'{path}' and {closed} lie in each other, and {closed} is never shown; {mend}"
            : parts is ["home", _] ? $"'{path}' is a home; {mend}"
            : parts.FirstOrDefault(part => part[0] == '.') is { } hidden ? $"'{path}' has the hidden part {hidden}, where programs keep credentials; {mend}"
            : null;
    }

    /// <summary>One lies in the other, or both are the same.</summary>
    public static bool Overlap(string one, string other) => IsIn(one, other) || IsIn(other, one);

    /// <summary>The same, or below it.</summary>
    public static bool IsIn(string path, string directory)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(directory);
        return path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);
    }
}
