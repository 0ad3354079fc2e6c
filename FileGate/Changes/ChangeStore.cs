using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Changes;

/// <summary>The change sets of this server, one a session, below <c>DATA/changes</c>. A set outlives its session until it is applied or discarded.</summary>
internal sealed class ChangeStore(ComponentContext context, TimeProvider time, ApplySteps steps)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ChangeSet> sets = new(StringComparer.Ordinal);

    private string Root => Path.Combine(context.DataDirectory, "changes");

    /// <summary>The set of a session that opens: a new one, or the one it left.</summary>
    public ChangeSet Open(SessionContext session, string root, in FileFacts facts)
    {
        Directory.CreateDirectory(Root);
        lock (gate)
        {
            if (Find(session.Id) is { IsEmpty: false } known)
            {
                return known;
            }

            return sets[session.Id] = new ChangeSet(FilesOf(session.Id), new ChangeSetDocument(
                session.Id, session.Profile.Name, root, facts.Device, facts.Inode, time.GetUtcNow().ToUnixTimeMilliseconds(), []));
        }
    }

    /// <summary>Forgets a set that holds nothing when its session ends.</summary>
    public void Close(string id)
    {
        lock (gate)
        {
            if (sets.TryGetValue(id, out var set) && set.IsEmpty)
            {
                sets.Remove(id);
                set.Files.DeleteAll();
            }
        }
    }

    /// <summary>Null for an id that names none.</summary>
    public ChangeSet? Find(string id)
    {
        lock (gate)
        {
            if (sets.TryGetValue(id, out var open))
            {
                return open;
            }

            var files = FilesOf(id);
            return IsName(id) && files.Load() is { } document ? sets[id] = new ChangeSet(files, document) : null;
        }
    }

    /// <summary>Every set that holds changes, by id.</summary>
    public IReadOnlyList<ChangeSet> List() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root).Select(Path.GetFileName).Order(StringComparer.Ordinal).Select(id => Find(id!)).OfType<ChangeSet>().Where(set => !set.IsEmpty)];

    /// <summary>What is on disk, whole or not.</summary>
    public IReadOnlyList<(string Id, ChangeFiles Files)> Directories() => !Directory.Exists(Root)
        ? []
        : [.. Directory.EnumerateDirectories(Root).Select(Path.GetFileName).Where(id => IsName(id!)).Select(id => (id!, FilesOf(id!)))];

    /// <summary>Removes the files of a set that holds nothing any more; a session that is open may fill it again.</summary>
    public void Tidy(ChangeSet set)
    {
        lock (gate)
        {
            if (set.IsEmpty)
            {
                set.Files.DeleteAll();
            }
        }
    }

    private ChangeFiles FilesOf(string id) => new(Path.Combine(Root, id), steps);

    private static bool IsName(string id) => id.Length is > 0 and <= 40 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
