using System.Globalization;
using System.Text;

namespace SecureAgent.DesktopAgent.Files;

/// <summary>Search by listing and reading: slower than a search at the gate, and every file it looks into has its own receipt.</summary>
internal sealed class FileSearch(FileGateClient gate)
{
    private const int MaxFiles = 400;
    private const int MaxHits = 100;
    private const int MaxFileBytes = 256 * 1024;
    private const int MaxLine = 300;
    private const int AtOnce = 4;

    public async Task<string> RunAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var query = arguments.Query.Trim();
        if (query.Length == 0)
        {
            return """{"error":{"reason":"request_malformed","message":"give the text to find as 'query'"}}""";
        }

        var files = await FilesBelowAsync(arguments.Path, cancellationToken);
        var hits = new List<string>[files.Count];
        await Parallel.ForAsync(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
            hits[i] = await HitsAsync(files[i], query, token));
        var lines = hits.SelectMany(hit => hit).Take(MaxHits).ToList();
        return lines.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"(nothing found in {files.Count} files)")
            : string.Join('\n', lines);
    }

    private async Task<List<string>> HitsAsync(FileEntry file, string query, CancellationToken cancellationToken)
    {
        var hits = new List<string>();
        try
        {
            var part = await gate.ReadAsync(file.Path, 0, MaxFileBytes, cancellationToken);
            if (part.Bytes.AsSpan().Contains((byte)0))
            {
                return hits;
            }

            var number = 0;
            foreach (var line in Encoding.UTF8.GetString(part.Bytes).Split('\n'))
            {
                number++;
                if (line.Contains(query, StringComparison.OrdinalIgnoreCase))
                {
                    hits.Add(string.Create(CultureInfo.InvariantCulture, $"{file.Path}:{number}: {(line.Length <= MaxLine ? line : line[..MaxLine]).Trim()}"));
                }
            }
        }
        catch (FileRefusedException)
        {
            // A file that may not be read has no hits; naming it here would make every search a list of refusals.
        }

        return hits;
    }

    /// <summary>Files below a directory, breadth first. A directory that may not be listed is left out, unless it is the one asked for.</summary>
    private async Task<List<FileEntry>> FilesBelowAsync(string path, CancellationToken cancellationToken)
    {
        var files = new List<FileEntry>();
        var waiting = new Queue<string>([path]);
        while (waiting.TryDequeue(out var directory) && files.Count < MaxFiles)
        {
            try
            {
                foreach (var entry in await gate.ListAsync(directory, cancellationToken))
                {
                    if (entry.IsDirectory)
                    {
                        waiting.Enqueue(entry.Path);
                    }
                    else
                    {
                        files.Add(entry);
                    }
                }
            }
            catch (FileRefusedException) when (directory != path)
            {
                continue;
            }
        }

        return [.. files.Take(MaxFiles)];
    }
}
