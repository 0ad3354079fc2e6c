using System.Security.Cryptography;
using System.Text;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// The root directories of sandboxes whose driver wants one that is there: the same tree as bubblewrap's. They hold only places to mount at, made by the server, and are mounted read-only.
/// Sessions with the same places of their own share one; no other session finds the names of a session's tools.
/// </summary>
internal sealed class SandboxRoot(string runDirectory, SandboxTree tree)
{
    private const string Mode = "755";

    private static readonly string[] Places =
        ["/usr", "/etc", "/opt", "/run", SandboxPaths.Session, "/home", SandboxPaths.Home, "/mnt", "/proc", "/dev", "/sys", "/tmp", SandboxPaths.Guest];

    /// <summary>Where podman puts a file of its own over it, whatever it is told.</summary>
    private static readonly string[] Files = ["/run/.containerenv"];

    private readonly Lock gate = new();

    public IReadOnlyList<(string Source, string Target)> Binds => tree.Binds;

    public string For(SandboxRequest request)
    {
        string[] own = [.. SandboxTree.ToolsOf(request).Select(tool => tool.Target), .. request.HasWorkspace ? (string[])[SandboxPaths.Workspace] : []];
        var root = Path.Combine(runDirectory, own.Length == 0 ? "stage-root" : $"stage-root-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', own))))[..16]}");
        lock (gate)
        {
            Make(root, own);
        }

        return root;
    }

    private void Make(string root, IEnumerable<string> own)
    {
        MakeDirectory(root);
        foreach (var place in Places.Concat(own))
        {
            MakeDirectory(root + place);
        }

        foreach (var file in Files)
        {
            MakePlace(file, root + file);
        }

        foreach (var (path, target) in tree.Links)
        {
            MakeLink(root + path, target);
        }

        foreach (var (source, target) in tree.Binds)
        {
            MakePlace(source, root + target);
        }
    }

    private static void MakePlace(string source, string target)
    {
        if (Directory.Exists(source))
        {
            MakeDirectory(target);
            return;
        }

        MakeDirectory(Path.GetDirectoryName(target)!);
        using (new FileStream(target, FileMode.OpenOrCreate, FileAccess.Write))
        {
        }

        File.SetUnixFileMode(target, (UnixFileMode)Convert.ToInt32("644", 8));
    }

    private static void MakeLink(string path, string target)
    {
        if (new FileInfo(path).LinkTarget != target)
        {
            File.Delete(path);
            File.CreateSymbolicLink(path, target);
        }
    }

    /// <summary>Every level that is not there yet, whatever the umask.</summary>
    private static void MakeDirectory(string path)
    {
        if (!Directory.Exists(path))
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(Mode, 8));
        }
    }
}
