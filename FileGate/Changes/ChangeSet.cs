using System.Security.Cryptography;
using System.Text;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes;

/// <summary>The host's side of a path when a session first changed it.</summary>
internal readonly record struct HostState(string? Hash, int? Mode);

/// <summary>
/// What one session proposes, by path. Reads of that session see the folder with these changes over it; the folder itself stays as it is. Every
/// change is on disk before it counts.
/// </summary>
internal sealed class ChangeSet(ChangeFiles files, ChangeSetDocument start)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, StagedChange> changes =
        new(start.Changes.ToDictionary(change => change.Path, StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>Between the session and the root in the id of a set, when that is not the workspace's.</summary>
    public const char Separator = '.';

    private const int MaxShownName = 16;

    public string Id => start.Id;

    public string Session => SessionOf(start.Id);

    public ChangeFiles Files => files;

    public ChangeSetDocument Document => start with { Changes = All() };

    /// <summary>Held by whoever changes the set or applies it.</summary>
    public Lock Turn { get; } = new();

    public bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return changes.Count == 0;
            }
        }
    }

    public IReadOnlyList<StagedChange> All()
    {
        lock (gate)
        {
            return [.. changes.Values];
        }
    }

    public StagedChange? Find(string path)
    {
        lock (gate)
        {
            return changes.GetValueOrDefault(path);
        }
    }

    /// <param name="from">Where the session moved it from; null when it stays where it is.</param>
    public StagedChange PutFile(string path, HostState host, int mode, ReadOnlySpan<byte> content, string? from = null)
    {
        files.Prepare();
        var was = Find(path);
        var change = new StagedChange(
            path, ChangeKind.File, was is null ? host.Hash : was.BaseHash, was is null ? host.Mode : was.BaseMode, mode,
            files.Store(content), content.Length, Convert.ToHexStringLower(SHA256.HashData(content))) { From = from ?? was?.From };
        Save(was, change.ChangesNothing ? null : change, path);
        if (change.ChangesNothing)
        {
            files.Forget(change.Blob);
        }

        return change;
    }

    public void PutDelete(string path, HostState host)
    {
        files.Prepare();
        var was = Find(path);
        var before = was is null ? host : new HostState(was.BaseHash, was.BaseMode);
        Save(was, before.Hash is null ? null : new StagedChange(path, ChangeKind.Delete, before.Hash, before.Mode, 0, null, 0, null), path);
    }

    public void PutDirectory(string path)
    {
        files.Prepare();
        Save(Find(path), new StagedChange(path, ChangeKind.Directory, null, null, 0b111_101_101, null, 0, null), path);
    }

    public string StoreContent(ReadOnlySpan<byte> content)
    {
        files.Prepare();
        return files.Store(content);
    }

    /// <summary>Many changes in one step; content is stored already. What a session changed before keeps the host's state of then.</summary>
    public void PutAll(IReadOnlyCollection<StagedChange> staged)
    {
        if (staged.Count == 0)
        {
            return;
        }

        files.Prepare();
        var all = All().ToDictionary(change => change.Path, StringComparer.Ordinal);
        var replaced = new List<string?>();
        foreach (var change in staged)
        {
            var was = all.GetValueOrDefault(change.Path);
            all[change.Path] = was is null ? change : change with { BaseHash = was.BaseHash, BaseMode = was.BaseMode };
            replaced.Add(was?.Blob);
        }

        files.Save(start with { Changes = [.. all.Values.OrderBy(change => change.Path, StringComparer.Ordinal)] });
        lock (gate)
        {
            foreach (var change in staged)
            {
                changes[change.Path] = all[change.Path];
            }
        }

        replaced.ForEach(files.Forget);
    }

    /// <summary>Takes changes out that were applied or discarded.</summary>
    public void Remove(IReadOnlyCollection<string> paths)
    {
        files.Save(start with { Changes = [.. All().Where(change => !paths.Contains(change.Path))] });
        foreach (var path in paths)
        {
            StagedChange? gone;
            lock (gate)
            {
                changes.Remove(path, out gone);
            }

            files.Forget(gone?.Blob);
        }
    }

    /// <summary>The names of one directory, as the session sees it.</summary>
    public List<string> Overlay(string directory, List<string> names, string after)
    {
        var here = All().Where(change => ParentOf(change.Path) == directory).ToList();
        if (here.Count == 0)
        {
            return names;
        }

        var seen = names.ToHashSet(StringComparer.Ordinal);
        foreach (var change in here)
        {
            var name = NameOf(change.Path);
            if (change.Kind == ChangeKind.Delete)
            {
                seen.Remove(name);
            }
            else if (string.CompareOrdinal(name, after) > 0)
            {
                seen.Add(name);
            }
        }

        return [.. seen];
    }

    /// <summary>Opens what is proposed, as openat2 would open it in the folder.</summary>
    /// <returns>0, or the errno.</returns>
    public int Open(StagedChange change, ulong mountId, ulong flags, out DescriptorHandle handle, out FileFacts facts)
    {
        facts = default;
        handle = new DescriptorHandle(-1);
        if (change.Kind is ChangeKind.Delete or ChangeKind.Link)
        {
            return change.Kind == ChangeKind.Link ? Libc.Loop : Libc.NoEntry;
        }

        var error = Libc.Open(null, change.Kind == ChangeKind.Directory ? files.Empty : files.PathOf(change.Blob!), flags, resolve: 0, out handle);
        error = error != 0 ? error : Libc.Describe(handle, out facts);
        facts = facts with { MountId = mountId, Links = 1, Mode = change.Mode };
        return error;
    }

    /// <summary>A path of the set as the session sees it.</summary>
    public string Seen(string path) => start.Name.Length == 0 ? path : $"{start.Name}/{path}";

    /// <summary>The session's own for its workspace; else its root's last name, to be recognised, and digits that tell it from others of that name.</summary>
    public static string IdOf(string session, string name, string root)
    {
        if (name.Length == 0)
        {
            return session;
        }

        var shown = string.Concat(name.ToLowerInvariant().Where(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)).Take(MaxShownName));
        return $"{session}{Separator}{shown}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..8]}";
    }

    public static string SessionOf(string id) => id.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and var end ? id[..end] : id;

    public static string ParentOf(string path) => path.LastIndexOf('/') is var at && at < 0 ? "" : path[..at];

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private void Save(StagedChange? was, StagedChange? now, string path)
    {
        var all = All().Where(change => change.Path != path).ToList();
        if (now is not null)
        {
            all.Add(now);
        }

        files.Save(start with { Changes = all });
        lock (gate)
        {
            changes.Remove(path);
            if (now is not null)
            {
                changes.Add(path, now);
            }
        }

        files.Forget(was?.Blob);
    }
}
