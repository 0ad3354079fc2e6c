using System.Globalization;

namespace SecureAgent.Sandbox.Bench;

/// <summary>What the server's processes hold of the machine at one moment. Everything but memory must be the same when the same sessions run.</summary>
internal sealed record Holdings(int Processes, int Namespaces, int Descriptors, int Mounts, int Sockets, int Groups, int Files, long ResidentBytes)
{
    private const string GroupRoot = "/sys/fs/cgroup";

    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    public static Holdings Of(DevServer server)
    {
        var processes = Descendants(server.ProcessId);
        return new Holdings(
            processes.Count,
            processes.SelectMany(id => Entries($"/proc/{id}/ns").Select(LinkOf)).OfType<string>().Distinct(StringComparer.Ordinal).Count(),
            processes.Sum(id => Entries($"/proc/{id}/fd").Length),
            File.ReadLines("/proc/self/mountinfo").Count(),
            File.ReadLines("/proc/net/unix").Count(line => line.Contains(server.RunDirectory, StringComparison.Ordinal)),
            CountGroups(),
            Directory.EnumerateFileSystemEntries(server.RunDirectory, "*", SearchOption.AllDirectories).Count(),
            processes.Sum(Resident));
    }

    public IEnumerable<(string What, double Before, double After)> Against(Holdings after) =>
    [
        ("processes", Processes, after.Processes), ("namespaces", Namespaces, after.Namespaces), ("descriptors", Descriptors, after.Descriptors), ("mounts", Mounts, after.Mounts),
        ("sockets", Sockets, after.Sockets), ("control groups", Groups, after.Groups), ("files in the run directory", Files, after.Files),
    ];

    private static List<int> Descendants(int root)
    {
        var found = new List<int> { root };
        for (var at = 0; at < found.Count; at++)
        {
            foreach (var thread in Entries($"/proc/{found[at]}/task"))
            {
                found.AddRange(Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }

        return found;
    }

    private static int CountGroups() => Directory.Exists(GroupRoot) ? Directory.EnumerateDirectories(GroupRoot, "s-*", Everywhere).Count() : 0;

    private static long Resident(int id) =>
        Read($"/proc/{id}/statm").Split(' ') is [_, var pages, ..] ? long.Parse(pages, CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;

    private static string? LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (IOException)
        {
            return null; // it ended meanwhile
        }
    }

    private static string[] Entries(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
