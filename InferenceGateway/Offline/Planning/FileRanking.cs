using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>Which files to read first: named in the task, then search hits, then topic words in the name, then shallow and small.</summary>
internal static class FileRanking
{
    private static readonly HashSet<string> TextExtensions = new(
        [".md", ".markdown", ".txt", ".rst", ".adoc", ".org", ".csv", ".tsv", ".json", ".yaml", ".yml", ".toml", ".xml", ".html", ".log", ".ini", ".cfg",
         ".cs", ".fs", ".py", ".js", ".ts", ".go", ".rs", ".java", ".kt", ".c", ".h", ".cpp", ".rb", ".php", ".sh", ".sql", ".tex", ""],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Bytes; a larger file would fill the chat before others are read.</summary>
    private const long LargestFile = 256 * 1024;

    public static IEnumerable<string> Order(IEnumerable<ListedEntry> files, TaskReading task, Explorer explorer) => files
        .Where(file => TextExtensions.Contains(Path.GetExtension(file.Path)) && file.Size is null or <= LargestFile)
        .Select(file => (file.Path, Score: Score(file.Path, task, explorer)))
        .OrderByDescending(file => file.Score)
        .ThenBy(file => Paths.Depth(file.Path))
        .ThenBy(file => file.Path, StringComparer.Ordinal)
        .Select(file => file.Path);

    private static int Score(string path, TaskReading task, Explorer explorer)
    {
        var name = Words.Stems(Path.ChangeExtension(path, null)!);
        var isNotes = Path.GetExtension(path) is ".md" or ".txt" ? 1 : 0;
        var isReadme = Path.GetFileName(path).StartsWith("readme", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        return (task.NamedPaths.Contains(path) ? 100 : 0)
            + Math.Min(explorer.HitsOf(path), 5) * 4
            + name.Count(task.Topics.Contains) * 6
            + isNotes + isReadme;
    }
}
