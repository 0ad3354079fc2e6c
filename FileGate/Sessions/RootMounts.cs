using SecureAgent.FileGate.Native;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Opens the roots of a session, once; everything the session reads is opened relative to these handles.</summary>
internal static class RootMounts
{
    /// <summary>
    /// Throws <see cref="SessionRefusedException"/> when one cannot be opened, when one lies in another (its files would have two sets of rules), or when one and a directory of the server's own do:
    /// no policy gives an agent the keys, or a hand in the evidence.
    /// </summary>
    /// <param name="closed">The server's own directories.</param>
    public static List<FileMount> Open(SessionContext session, IReadOnlyList<FileGrant> grants, IReadOnlyList<string> closed, IHandleOpener opener)
    {
        var mounts = new List<FileMount>();
        try
        {
            var paths = new List<string>();
            var own = closed.Select(RealPath).ToList();
            foreach (var root in grants.Select(grant => grant.Root).Distinct(StringComparer.Ordinal))
            {
                var path = root == FileRoots.Workspace ? session.Workspace! : root;
                mounts.Add(Open(root, path, opener));
                var real = RealPath(mounts[^1].Root)
                    ?? throw new SessionRefusedException($"the kernel does not say where the folder '{path}' lies, so it cannot be told from the server's own; mount /proc where the file gate runs");
                RequireNotOwn(own, real);
                if (grants.Any(grant => grant.Root == root && grant.Access == FileAccessMode.Write))
                {
                    RequireNotPrograms(real);
                }

                RequireApart(paths, real);
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
        error = error != 0 ? error : Enter(handle);
        if (error == 0)
        {
            return new FileMount(FileRoots.NameOf(root), path, handle, facts);
        }

        handle.Dispose();
        throw new SessionRefusedException(
            $"the folder '{path}' cannot be opened ({Libc.Message(error)}); check that it exists, is a directory and is readable by the server's user");
    }

    /// <summary>A handle is given for a directory that is closed to this user, too; nothing below it could be opened.</summary>
    private static int Enter(DescriptorHandle root)
    {
        var error = Libc.Open(root, ".", OpenFlags.ForRoot, resolve: 0, out var inside);
        inside.Dispose();
        return error;
    }

    private static void RequireNotOwn(List<string> own, string path)
    {
        if (own.FirstOrDefault(place => Overlap(path, place)) is { } place)
        {
            throw new SessionRefusedException(
                $"the folder '{path}' and the server's own directory '{place}' (keys, secrets, audit log) lie in each other, and no session sees that; give another folder, or start the server with another --data DIR");
        }
    }

    /// <summary>A component that ends is started again, as whatever its files are by then.</summary>
    private static void RequireNotPrograms(string path)
    {
        var programs = RealPath(AppContext.BaseDirectory);
        if (Overlap(path, programs))
        {
            throw new SessionRefusedException(
                $"the folder '{path}' and the server's own programs in '{programs}' lie in each other, and access: write would let an agent change them; use access: propose, or run the server from another copy");
        }
    }

    private static void RequireApart(List<string> paths, string path)
    {
        if (paths.FirstOrDefault(other => Overlap(path, other)) is { } overlapping)
        {
            throw new SessionRefusedException($"the roots '{overlapping}' and '{path}' lie in each other; write rules for the outer one alone");
        }

        paths.Add(path);
    }

    private static bool Overlap(string path, string other) => IsWithin(path, other) || IsWithin(other, path);

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

    /// <summary>Where a directory of the server's own is, whatever links its name has.</summary>
    private static string RealPath(string directory)
    {
        var error = Libc.Open(null, directory, OpenFlags.ForRoot, resolve: 0, out var handle);
        using (handle)
        {
            return error == 0 && RealPath(handle) is { } path
                ? path
                : throw new SessionRefusedException($"the server's own directory '{directory}' cannot be opened ({Libc.Message(error)}); restart the server");
        }
    }

    private static string? RealPath(DescriptorHandle handle) =>
        new FileInfo(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}")).LinkTarget;
}
