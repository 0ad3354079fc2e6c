using System.Globalization;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The process table, from /proc.</summary>
internal static class Processes
{
    public static IEnumerable<int> All => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0);

    public static IEnumerable<int> ChildrenOf(int parent) => All.Where(id => ParentOf(id) == parent);

    public static IReadOnlyList<int> DescendantsOf(int parent)
    {
        var parents = All.ToDictionary(id => id, ParentOf);
        var found = new List<int>();
        for (var open = new Queue<int>([parent]); open.TryDequeue(out var next);)
        {
            foreach (var child in parents.Where(pair => pair.Value == next).Select(pair => pair.Key))
            {
                found.Add(child);
                open.Enqueue(child);
            }
        }

        return found;
    }

    public static string CommandLine(int id) => Read(id, "cmdline").Replace('\0', ' ');

    public static bool IsAlive(int id) => Directory.Exists($"/proc/{id}") && !Read(id, "stat").Contains(") Z ", StringComparison.Ordinal);

    private static int ParentOf(int id)
    {
        var stat = Read(id, "stat");
        var end = stat.LastIndexOf(')');
        return end < 0 ? 0 : int.Parse(stat[(end + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (IOException)
        {
            // It ended between listing and reading.
            return "";
        }
    }
}
