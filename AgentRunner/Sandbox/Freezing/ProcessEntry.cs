using System.Globalization;

namespace SecureAgent.AgentRunner.Sandbox.Freezing;

/// <summary>One process of this machine, from <c>/proc/PID/stat</c> (proc(5)).</summary>
/// <param name="Started">Clock ticks since boot: with the id it names one process for ever.</param>
/// <param name="State">R, S, D, T (stopped), t, Z, X …</param>
internal sealed record ProcessEntry(int Id, int Parent, long Started, char State)
{
    private const int ParentField = 1;
    private const int StartedField = 19;

    /// <summary>ESRCH: it ended between open and read.</summary>
    private const int NoSuchProcess = 3;

    /// <summary>Nothing of it runs any more, until it is continued.</summary>
    public bool IsStill => State is 'T' or 't' or 'Z' or 'X';

    /// <summary>Null when there is no such process (any more).</summary>
    public static ProcessEntry? Read(int id)
    {
        try
        {
            return Parse(id, File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: NoSuchProcess })
        {
            return null;
        }
    }

    public static IEnumerable<ProcessEntry> ReadAll() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? Read(id) : null)
            .OfType<ProcessEntry>();

    /// <summary>Everything that descends from a process now; not itself.</summary>
    public static List<ProcessEntry> Below(int ancestor)
    {
        var children = ReadAll().ToLookup(process => process.Parent);
        var found = new List<ProcessEntry>();
        var open = new Queue<int>([ancestor]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in children[parent])
            {
                found.Add(child);
                open.Enqueue(child.Id);
            }
        }

        return found;
    }

    /// <summary>The name is the process's own choice and may hold anything: the fields begin after its last bracket.</summary>
    internal static ProcessEntry Parse(int id, string stat)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessEntry(
            id, int.Parse(fields[ParentField], CultureInfo.InvariantCulture), long.Parse(fields[StartedField], CultureInfo.InvariantCulture), fields[0][0]);
    }
}
