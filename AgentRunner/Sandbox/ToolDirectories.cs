using SecureAgent.AgentRunner.Native;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Directories of installed programs (<c>sandbox.tools</c>), as they are on this machine.</summary>
internal static class ToolDirectories
{
    private const int TypeMask = 0xF000;
    private const int IsDirectory = 0x4000;
    private const int OthersWrite = 0x12; // group and others
    private const int Sticky = 0x200;
    private const int OthersReadAndEnter = 0x5;
    private const int OthersEnter = 0x1;

    /// <summary>Null, or what is wrong with the directory and how to mend it. Its path has passed <see cref="ToolPlaces.Refusal"/>.</summary>
    /// <param name="closed">The server's own directories and the session's files: tools lie in none of them, and none in the tools.</param>
    public static string? Refusal(string path, IEnumerable<string> closed)
    {
        try
        {
            return closed.FirstOrDefault(place => ToolPlaces.Overlap(path, place)) is { } place
                ? $"{path} and {place} lie in each other, and {place} is not shown to agents; move the tools elsewhere"
                : Homes().FirstOrDefault(home => ToolPlaces.IsIn(home, path)) is { } own ? $"{path} holds the home {own}; install the tools into a directory of their own"
                : Levels(path).Select(level => Refusal(level, level == path)).FirstOrDefault(refusal => refusal is not null);
        }
        catch (IOException failure)
        {
            return $"{failure.Message}; install the tools there, or remove the line";
        }
    }

    /// <summary>Where the programs of these directories are, for PATH.</summary>
    public static IEnumerable<string> Programs(IEnumerable<string> tools) =>
        tools.SelectMany(tool => (string[])[$"{tool}/bin", $"{tool}/node_modules/.bin"]).Where(Directory.Exists);

    /// <summary>Whoever may change a level may put another directory there between this look and the mount.</summary>
    private static string? Refusal(string level, bool isLast)
    {
        var (owner, mode) = Libc.Stat(level);
        var needed = !SandboxUids.ServerIsRoot ? 0 : isLast ? OthersReadAndEnter : OthersEnter;
        return (mode & TypeMask) != IsDirectory ? $"{level} is no directory, or a link; give the directory's own path"
            : owner != 0 && owner != UnixSocketHttp.OwnUserId ? $"{level} belongs to uid {owner}, who could change the tools; chown it to the server's user"
            : (mode & OthersWrite) != 0 && (isLast || (mode & Sticky) == 0) ? $"{level} can be changed by other users; chmod go-w {level}"
            : (mode & needed) != needed ? $"{level} is closed to the uids of sandboxes; chmod o+rx {level}, or move the tools"
            : null;
    }

    /// <summary>The path from the root downwards, itself last.</summary>
    private static IEnumerable<string> Levels(string path) =>
        Enumerable.Range(0, path.Length).Where(at => path[at] == '/').Select(at => at == 0 ? "/" : path[..at]).Append(path);

    private static IEnumerable<string> Homes() => File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':')).Where(fields => fields.Length > 5).Select(fields => fields[5].TrimEnd('/')).Where(home => home.StartsWith('/'));
}
