using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Files;

/// <summary>
/// Where the roots of a profile are found: the workspace's files by their own paths, those of <c>/srv/data</c> below <c>@data</c>. A root never sees the rules of another.
/// </summary>
public static class FileRoots
{
    public const string Workspace = "${workspace}";

    private const char Sign = '@';

    /// <summary><c>@</c> and the last name of an absolute root; empty for the workspace.</summary>
    public static string NameOf(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root == Workspace ? "" : $"{Sign}{root[(root.LastIndexOf('/') + 1)..]}";
    }

    /// <summary>The root whose name a path begins with, and the path relative to it.</summary>
    public static (string Root, string Path) Of(IReadOnlyList<FileGrant> grants, string path)
    {
        ArgumentNullException.ThrowIfNull(grants);
        ArgumentNullException.ThrowIfNull(path);
        if (path.StartsWith(Sign))
        {
            foreach (var grant in grants)
            {
                if (grant.Root != Workspace && NameOf(grant.Root) is var name && Inner(path, name) is { } inner)
                {
                    return (grant.Root, inner);
                }
            }
        }

        return (Workspace, path);
    }

    /// <summary>The entries that speak of the root a path is in.</summary>
    internal static (IReadOnlyList<FileGrant> Grants, string Path) Route(IReadOnlyList<FileGrant> grants, string path)
    {
        var (root, inner) = Of(grants, path);
        foreach (var grant in grants)
        {
            if (grant.Root != root)
            {
                return ([.. grants.Where(other => other.Root == root)], inner);
            }
        }

        return (grants, inner);
    }

    /// <summary>A name followed by nothing but a slash is no path: it stays what it is, and is refused as such.</summary>
    private static string? Inner(string path, string name) =>
        path == name ? ""
        : path.Length > name.Length + 1 && path[name.Length] == '/' && path.StartsWith(name, StringComparison.Ordinal) ? path[(name.Length + 1)..]
        : null;
}
