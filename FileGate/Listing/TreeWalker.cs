using System.Text;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Listing;

/// <summary>Everything that is shown below a directory, parents before children, by name. Directories are opened one at a time from the root handle.</summary>
internal static class TreeWalker
{
    /// <param name="directoryEntries">Directories with more names than this are passed over.</param>
    public static IEnumerable<(string Path, FileFacts Facts)> Walk(FileSession session, string path, int directoryEntries)
    {
        var open = new Stack<IEnumerator<(string Path, FileFacts Facts)>>();
        open.Push(Children(session, path, directoryEntries).GetEnumerator());
        while (open.TryPeek(out var children))
        {
            if (!children.MoveNext())
            {
                open.Pop().Dispose();
                continue;
            }

            yield return children.Current;
            if (children.Current.Facts.IsDirectory)
            {
                open.Push(Children(session, children.Current.Path, directoryEntries).GetEnumerator());
            }
        }
    }

    private static IEnumerable<(string Path, FileFacts Facts)> Roots(FileSession session, string path) =>
        session.IsTop(path) ? session.Others.Select(mount => (mount.Name, mount.Facts)) : [];

    /// <summary>The children of one directory that are shown, by name; none when it may not be listed or is gone.</summary>
    public static List<(string Path, FileFacts Facts)> Children(FileSession session, string path, int directoryEntries)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        var shown = new List<(string, FileFacts)>();
        if (opened.Handle is not { } directory || OverlaidDirectory.ReadNames(session, directory, path, "", directoryEntries) is not { } names)
        {
            return [.. session.Decoys.In(path), .. Roots(session, path)];
        }

        Span<byte> terminated = stackalloc byte[DirectoryReader.MaxNameBytes + 1];
        foreach (var name in names)
        {
            terminated[Encoding.UTF8.GetBytes(name, terminated)] = 0;
            var child = path.Length == 0 ? name : $"{path}/{name}";
            if (OverlaidDirectory.Describe(session, directory, child, terminated, out var facts) && FileAuthority.Shows(session, child, facts))
            {
                shown.Add((child, facts));
            }
        }

        shown.AddRange(Roots(session, path));
        shown.AddRange(session.Decoys.In(path).ExceptBy(shown.Select(entry => entry.Item1), decoy => decoy.Path).ToList());
        shown.Sort((one, other) => string.CompareOrdinal(one.Item1, other.Item1));
        return shown;
    }
}
