using System.Runtime.InteropServices;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// Makes the programs a sandbox needs reachable for its uid. A clone below /root, say, is not: then they are copied, once a boot, into a directory that
/// everybody may read and only the server's user may change.
/// </summary>
internal static class Staging
{
    private const UnixFileMode Everybody = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode EverybodyEnters = Everybody | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode Directories = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | EverybodyEnters;

    /// <summary>Parts of a .NET root that running a program needs; the SDK is not among them.</summary>
    private static readonly string[] RuntimeParts = ["host", "shared"];

    public static GuestProgram Prepare(string runDirectory, string guest, string? agent)
    {
        if (!GuestProgram.IsProgramDirectory(guest))
        {
            throw new SandboxException($"{guest} does not hold the Guest program; build it: dotnet build Guest");
        }

        var dotnet = DotnetRoot();
        if (!SandboxUids.ServerIsRoot)
        {
            return new GuestProgram(guest, agent, dotnet);
        }

        var stage = Path.Combine(runDirectory, "stage");
        RequireReachable(runDirectory);
        MakeDirectory(stage);
        return new GuestProgram(
            Tree(guest, Path.Combine(stage, "guest")),
            agent is null ? null : Tree(agent, Path.Combine(stage, "agent")),
            IsReachable(dotnet) ? dotnet : Runtime(dotnet, Path.Combine(stage, "dotnet")));
    }

    /// <summary>Whether any uid may enter the directory and all above it.</summary>
    public static bool IsReachable(string path)
    {
        for (var directory = new DirectoryInfo(path); directory is not null; directory = directory.Parent)
        {
            if (!directory.Exists || !directory.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }

    private static void RequireReachable(string runDirectory)
    {
        if (!IsReachable(runDirectory))
        {
            throw new SandboxException(
                $"sandboxes run as uid {SandboxUids.First} and up and cannot reach {runDirectory}; choose a run directory whose parents everybody may enter (mode 0711)");
        }
    }

    private static string Tree(string source, string target)
    {
        if (IsReachable(source) && IsReadable(source))
        {
            return source;
        }

        Copy(source, target);
        return target;
    }

    private static string Runtime(string root, string target)
    {
        MakeDirectory(target);
        CopyFile(Path.Combine(root, "dotnet"), Path.Combine(target, "dotnet"));
        foreach (var part in RuntimeParts)
        {
            Copy(Path.Combine(root, part), Path.Combine(target, part));
        }

        return target;
    }

    private static bool IsReadable(string tree) =>
        new DirectoryInfo(tree).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).All(entry => entry switch
        {
            DirectoryInfo => entry.UnixFileMode.HasFlag(UnixFileMode.OtherRead | UnixFileMode.OtherExecute),
            _ => entry.UnixFileMode.HasFlag(UnixFileMode.OtherRead),
        });

    private static void Copy(string source, string target)
    {
        MakeDirectory(target);
        foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            var to = Path.Combine(target, entry.Name);
            if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, to);
            }
            else
            {
                CopyFile(entry.FullName, to);
            }
        }
    }

    private static void CopyFile(string source, string target)
    {
        File.Copy(source, target, overwrite: true);
        var mode = File.GetUnixFileMode(source);
        var execute = mode.HasFlag(UnixFileMode.UserExecute)
            ? UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute
            : UnixFileMode.None;
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | Everybody | execute);
    }

    /// <summary>The mode is set afterwards because the server's umask takes group and others away.</summary>
    private static void MakeDirectory(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Directories);
    }

    /// <summary>The root of the runtime this process runs on: three levels above its framework directory.</summary>
    private static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}
