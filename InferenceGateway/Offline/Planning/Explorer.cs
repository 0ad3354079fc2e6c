namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>What the lists, searches and reads of the chat have shown so far.</summary>
internal sealed class Explorer
{
    private readonly Dictionary<string, ListedEntry> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> listed = new(StringComparer.Ordinal);
    private readonly HashSet<string> requested = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> hits = new(StringComparer.Ordinal);

    public Explorer(Transcript transcript)
    {
        foreach (var call in transcript.Calls)
        {
            switch (call.Kind)
            {
                case ToolKind.List:
                    AddList(call);
                    break;
                case ToolKind.Read:
                    requested.Add(Paths.Normal(call.Argument));
                    break;
                case ToolKind.Search:
                    AddHits(call);
                    break;
            }
        }
    }

    public bool ListedRoot => listed.Contains("");

    public IReadOnlyList<string> Searched { get; private set; } = [];

    public int ReadCount => requested.Count;

    /// <summary>Directories seen and not listed yet, shallow ones first.</summary>
    public IEnumerable<string> UnlistedDirectories => entries.Values
        .Where(entry => entry.IsDirectory && !listed.Contains(entry.Path))
        .Select(entry => entry.Path)
        .OrderBy(Paths.Depth).ThenBy(path => path, StringComparer.Ordinal);

    /// <summary>Files seen by list or search and not asked for yet.</summary>
    public IEnumerable<ListedEntry> UnreadFiles => entries.Values.Where(entry => !entry.IsDirectory && !requested.Contains(entry.Path));

    public IEnumerable<ListedEntry> Files => entries.Values.Where(entry => !entry.IsDirectory).OrderBy(entry => entry.Path, StringComparer.Ordinal);

    public bool WasRequested(string path) => requested.Contains(path);

    public int HitsOf(string path) => hits.GetValueOrDefault(path);

    private void AddList(PastCall call)
    {
        var directory = Paths.Normal(call.Argument);
        listed.Add(directory);
        if (call.Refusal is not null)
            return;
        foreach (var entry in Listing.Read(call.Result!, directory))
            entries.TryAdd(entry.Path, entry);
    }

    private void AddHits(PastCall call)
    {
        Searched = [.. Searched, call.Argument];
        if (call.Refusal is not null)
            return;
        foreach (var path in SearchHits.Read(call.Result!))
        {
            hits[path] = hits.GetValueOrDefault(path) + 1;
            entries.TryAdd(path, new ListedEntry(path, false, null));
        }
    }
}
