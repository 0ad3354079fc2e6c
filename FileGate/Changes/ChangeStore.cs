using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Changes;

/// <summary>The change sets of this server, one a session and root, below <c>DATA/changes</c>. A set outlives its session until it is applied or discarded.</summary>
internal sealed class ChangeStore(ComponentContext context, TimeProvider time, ApplySteps steps)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ChangeSet> sets = new(StringComparer.Ordinal);

    private string Root => Path.Combine(context.DataDirectory, "changes");

    /// <summary>The set of a root of a session that opens: a new one, or the one it left.</summary>
    public ChangeSet Open(SessionContext session, FileMount mount)
    {
        Directory.CreateDirectory(Root);
        var id = ChangeSet.IdOf(session.Id, mount.Name, mount.HostPath);
        lock (gate)
        {
            if (Find(id) is { IsEmpty: false } known)
            {
                return known;
            }

            return sets[id] = new ChangeSet(FilesOf(id), new ChangeSetDocument(
                id, session.Profile.Name, mount.HostPath, mount.Facts.Device, mount.Facts.Inode, time.GetUtcNow().ToUnixTimeMilliseconds(), [], mount.Name));
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

    private static bool IsName(string id) => id.Length is > 0 and <= 80 && id[0] != ChangeSet.Separator && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or ChangeSet.Separator);
}
