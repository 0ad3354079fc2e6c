using SecureAgent.FileGate.Native;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Opens the roots of a session, once; everything the session reads is opened relative to these handles.</summary>
internal static class RootMounts
{
    /// <summary>Throws <see cref="SessionRefusedException"/> when one cannot be opened, or one lies in another: its files would have two sets of rules.</summary>
    public static List<FileMount> Open(SessionContext session, IReadOnlyList<FileGrant> grants, IHandleOpener opener)
    {
        var mounts = new List<FileMount>();
        try
        {
            var paths = new List<string>();
            foreach (var root in grants.Select(grant => grant.Root).Distinct(StringComparer.Ordinal))
            {
                var path = root == FileRoots.Workspace ? session.Workspace! : root;
                mounts.Add(Open(root, path, opener));
                RequireApart(paths, RealPath(mounts[^1].Root) ?? path);
            }

            RequireFreeNames(mounts);
            return mounts;
        }
        catch
        {
            mounts.ForEach(mount => mount.Root.Dispose());
            throw;
        }
    }

    private static FileMount Open(string root, string path, IHandleOpener opener)
    {
        var error = Libc.Open(null, path, OpenFlags.ForRoot, resolve: 0, out var handle);
        handle.Opener = opener;
        FileFacts facts = default;
        error = error != 0 ? error : Libc.Describe(handle, out facts);
        if (error == 0)
        {
            return new FileMount(FileRoots.NameOf(root), path, handle, facts);
        }

        handle.Dispose();
        throw new SessionRefusedException(
            $"the folder '{path}' cannot be opened ({Libc.Message(error)}); check that it exists, is a directory and is readable by the server's user");
    }

    private static void RequireApart(List<string> paths, string path)
    {
        if (paths.FirstOrDefault(other => IsWithin(path, other) || IsWithin(other, path)) is { } overlapping)
        {
            throw new SessionRefusedException($"the roots '{overlapping}' and '{path}' lie in each other; write rules for the outer one alone");
        }

        paths.Add(path);
    }

    private static bool IsWithin(string path, string other) => path == other || other == "/" || path.StartsWith(other + "/", StringComparison.Ordinal);

    /// <summary>A root never stands before what the workspace has.</summary>
    private static void RequireFreeNames(List<FileMount> mounts)
    {
        if (mounts.FirstOrDefault(mount => mount.Name.Length == 0) is not { } workspace)
        {
            return;
        }

        foreach (var mount in mounts.Where(mount => mount != workspace))
        {
            var error = workspace.Root.Open(mount.Name, OpenFlags.ForStat, out var there);
            there.Dispose();
            if (error != Libc.NoEntry)
            {
                throw new SessionRefusedException($"the workspace has a '{mount.Name}' itself, where a root of that name would be seen; rename it");
            }
        }
    }

    private static string? RealPath(DescriptorHandle handle) =>
        new FileInfo(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}")).LinkTarget;
}
