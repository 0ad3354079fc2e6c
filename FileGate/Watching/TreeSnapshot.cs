using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Watching;

/// <summary>What a session was shown below a directory at one look, by path: the same entries its lists show.</summary>
/// <param name="IsTruncated">There was more than a watch holds; the rest is not watched.</param>
internal sealed record TreeSnapshot(SortedDictionary<string, FileFacts> Entries, bool IsTruncated)
{
    public static TreeSnapshot Take(FileSession session, string path, int maxEntries, int directoryEntries, CancellationToken cancellationToken)
    {
        var entries = new SortedDictionary<string, FileFacts>(StringComparer.Ordinal);
        foreach (var (child, facts) in TreeWalker.Walk(session, path, directoryEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entries.Count == maxEntries)
            {
                return new TreeSnapshot(entries, true);
            }

            entries[child] = facts;
        }

        return new TreeSnapshot(entries, false);
    }

    /// <summary>By path. A name that became another file is one change; a directory is changed only when it is another one.</summary>
    public IReadOnlyList<WatchChange> ChangesTo(TreeSnapshot later)
    {
        var changes = new List<WatchChange>();
        foreach (var (path, facts) in Entries)
        {
            if (!later.Entries.TryGetValue(path, out var now))
            {
                changes.Add(new WatchChange(WatchKind.Removed, Entry.From(path, facts)));
            }
            else if (facts.Kind != now.Kind || facts.Inode != now.Inode || (now.IsRegular && facts.AsVersion() != now.AsVersion()))
            {
                changes.Add(new WatchChange(WatchKind.Changed, Entry.From(path, now)));
            }
        }

        changes.AddRange(later.Entries
            .Where(entry => !Entries.ContainsKey(entry.Key))
            .Select(entry => new WatchChange(WatchKind.Created, Entry.From(entry.Key, entry.Value))));
        changes.Sort((one, other) => string.CompareOrdinal(one.Entry.Path, other.Entry.Path));
        return changes;
    }
}
