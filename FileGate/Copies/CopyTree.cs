using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Copies;

/// <param name="IsUnread">Of a directory that was named before: what is in it could not be read.</param>
internal readonly record struct CopyEntry(string Path, FileFacts Facts, bool IsUnread = false);

/// <summary>What lies in a copy, read by handles below its root: the agent made it.</summary>
internal static class CopyTree
{
    private const int MaxDirectoryEntries = 1_000_000;

    /// <summary>Every entry, parents first; ends after <paramref name="most"/> and says so with an empty path.</summary>
    public static IEnumerable<CopyEntry> Walk(DescriptorHandle root, long most)
    {
        var open = new Stack<string>([""]);
        long seen = 0;
        while (open.TryPop(out var path))
        {
            if (Children(root, path) is not { } children)
            {
                yield return new CopyEntry(path, default, IsUnread: true);
                continue;
            }

            foreach (var (name, facts) in children.OrderBy(child => child.Name, StringComparer.Ordinal))
            {
                if (++seen > most)
                {
                    yield return new CopyEntry("", facts);
                    yield break;
                }

                var child = path.Length == 0 ? name : $"{path}/{name}";
                yield return new CopyEntry(child, facts);
                if (facts.IsDirectory)
                {
                    open.Push(child);
                }
            }
        }
    }

    /// <summary>Null when they cannot be read: a path too long for the kernel, a directory closed to the gate, too many names. One that is gone again has none.</summary>
    private static List<(string Name, FileFacts Facts)>? Children(DescriptorHandle root, string path)
    {
        var error = root.Open(path.Length == 0 ? "." : path, OpenFlags.ForList, out var directory);
        using (directory)
        {
            return error is Libc.NoEntry or Libc.NotDirectory or Libc.Loop ? []
                : error != 0 ? null
                : DirectoryReader.ReadNames(directory, "", MaxDirectoryEntries) is not { } names ? null
                : [.. names.Select(name => (name, Facts: TreeCalls.Child(directory, name))).Where(child => child.Facts is not null).Select(child => (child.name, child.Facts!.Value))];
        }
    }
}
