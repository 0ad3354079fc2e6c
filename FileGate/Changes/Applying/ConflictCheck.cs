using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Whether the folder still has, at the path of a change, what the change was made against.</summary>
internal static class ConflictCheck
{
    /// <summary>Directories that these changes bring. One that the folder has already, whoever made it, is what was asked for and is not made again.</summary>
    public static HashSet<string> Coming(HostFolder? folder, IEnumerable<StagedChange> changes) =>
        changes.Where(change => change.Kind == ChangeKind.Directory && !Has(folder, change.Path)).Select(change => change.Path).ToHashSet(StringComparer.Ordinal);

    private static bool Has(HostFolder? folder, string path)
    {
        DescriptorHandle? directory = null;
        var error = folder?.OpenDirectory(path, out directory);
        directory?.Dispose();
        return error == 0;
    }

    /// <param name="comes">Directories that are applied together with it.</param>
    /// <returns>Null, or why it cannot be applied.</returns>
    public static string? Of(HostFolder folder, StagedChange change, IReadOnlySet<string> comes)
    {
        var parent = ChangeSet.ParentOf(change.Path);
        if (comes.Contains(parent))
        {
            return null;
        }

        var error = folder.OpenDirectory(parent, out var directory);
        using (directory)
        {
            return error == 0 ? InDirectory(directory, change) : Sentence(error);
        }
    }

    private static string? InDirectory(DescriptorHandle directory, StagedChange change)
    {
        var name = ChangeSet.NameOf(change.Path);
        if (change.Kind == ChangeKind.Directory)
        {
            return TreeCalls.Child(directory, name) is null or { IsDirectory: true } ? null : "something has its name now";
        }

        var error = HostFolder.Look(directory, name, out var host);
        return error != 0
            ? Sentence(error)
            : (change.BaseHash, host.Hash) switch
            {
                (null, not null) => "a file has its name now",
                (not null, null) => "the file is gone",
                var (before, now) when before != now => "the file was edited meanwhile",
                _ when change.BaseMode != host.Mode => "the file's mode was changed meanwhile",
                _ => null,
            };
    }

    private static string Sentence(int error) => error switch
    {
        Libc.NoEntry or Libc.NotDirectory => "its directory is not there",
        Libc.Loop or Libc.CrossDevice => "a link or mount point stands in its way",
        Libc.IsDirectory => "it is no regular file now",
        _ => $"it cannot be looked at ({Libc.Message(error)})",
    };
}
