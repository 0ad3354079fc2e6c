using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// The root directory of every sandbox and what is bound over it: the same tree as bubblewrap's. It holds only places to mount at, made once by the server, and is mounted read-only.
/// </summary>
internal sealed class SandboxRoot
{
    private const string Mode = "755";

    private static readonly string[] Places =
        ["/usr", "/etc", "/opt", "/run", SandboxPaths.Session, "/home", SandboxPaths.Home, "/mnt", "/proc", "/dev", "/sys", "/tmp", SandboxPaths.Guest];

    /// <summary>Where podman puts a file of its own over it, whatever it is told.</summary>
    private static readonly string[] Files = ["/run/.containerenv"];

    private SandboxRoot(string directory, IReadOnlyList<(string Source, string Target)> binds) => (Directory, Binds) = (directory, binds);

    public string Directory { get; }

    /// <summary>Host path and path in the sandbox, read-only, in this order.</summary>
    public IReadOnlyList<(string Source, string Target)> Binds { get; }

    public static SandboxRoot Prepare(string runDirectory, GuestProgram program, EtcFiles etc)
    {
        var root = Path.Combine(runDirectory, "stage-root");
        MakeDirectory(root);
        List<(string, string)> binds = [("/usr", "/usr"), .. etc.Binds, (program.Directory, SandboxPaths.Guest)];
        foreach (var place in Places)
        {
            MakeDirectory(root + place);
        }

        foreach (var file in Files)
        {
            MakePlace(file, root + file);
        }

        foreach (var name in new[] { "bin", "sbin", "lib", "lib32", "lib64", "libx32" })
        {
            var host = new DirectoryInfo("/" + name);
            if (host.LinkTarget is { } target)
            {
                MakeLink($"{root}/{name}", target.TrimStart('/'));
            }
            else if (host.Exists)
            {
                binds.Add((host.FullName, host.FullName));
            }
        }

        if (program.AgentDirectory is { } agent)
        {
            binds.Add((agent, SandboxPaths.Agent));
        }

        if (program.DotnetRootInside == SandboxPaths.Dotnet)
        {
            binds.Add((program.DotnetRoot, SandboxPaths.Dotnet));
        }

        foreach (var (source, target) in binds)
        {
            MakePlace(source, root + target);
        }

        return new SandboxRoot(root, binds);
    }

    private static void MakePlace(string source, string target)
    {
        if (System.IO.Directory.Exists(source))
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
        if (!System.IO.Directory.Exists(path))
        {
            MakeDirectory(Path.GetDirectoryName(path)!);
            System.IO.Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(Mode, 8));
        }
    }
}
