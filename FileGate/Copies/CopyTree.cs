using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Copies;

/// <summary>What lies in a copy, read by handles below its root: the agent made it.</summary>
internal static class CopyTree
{
    private const int MaxDirectoryEntries = 1_000_000;

    /// <summary>Every entry, parents first; ends after <paramref name="most"/> and says so with an empty path.</summary>
    public static IEnumerable<(string Path, FileFacts Facts)> Walk(DescriptorHandle root, long most)
    {
        var open = new Stack<string>([""]);
        long seen = 0;
        while (open.TryPop(out var path))
        {
            foreach (var (name, facts) in Children(root, path).OrderBy(child => child.Name, StringComparer.Ordinal))
            {
                if (++seen > most)
                {
                    yield return ("", facts);
                    yield break;
                }

                var child = path.Length == 0 ? name : $"{path}/{name}";
                yield return (child, facts);
                if (facts.IsDirectory)
                {
                    open.Push(child);
                }
            }
        }
    }

    private static List<(string Name, FileFacts Facts)> Children(DescriptorHandle root, string path)
    {
        var children = new List<(string, FileFacts)>();
        var error = root.Open(path.Length == 0 ? "." : path, OpenFlags.ForList, out var directory);
        using (directory)
        {
            if (error == 0)
            {
                foreach (var name in DirectoryReader.ReadNames(directory, "", MaxDirectoryEntries) ?? [])
                {
                    if (TreeCalls.Child(directory, name) is { } facts)
                    {
                        children.Add((name, facts));
                    }
                }
            }
        }

        return children;
    }
}
