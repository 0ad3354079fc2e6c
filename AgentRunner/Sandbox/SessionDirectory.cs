using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>The directory of one session's sockets: the server writes, the session's uid may enter, nobody else.</summary>
internal static class SessionDirectory
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static string Create(string runDirectory, string sessionId, uint uid)
    {
        var path = RunLayout.SessionDirectory(runDirectory, sessionId);
        Make(path, uid);
        return path;
    }

    /// <summary>Any directory of that kind.</summary>
    public static void Make(string path, uint uid)
    {
        Directory.CreateDirectory(path);
        if (SandboxUids.ServerIsRoot)
        {
            // The group is the session's; its uid has the same number.
            FileOwner.Change(path, FileOwner.Same, uid);
            File.SetUnixFileMode(path, Own | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        }
        else
        {
            File.SetUnixFileMode(path, Own);
        }
    }

    public static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Removes what a runner before this one left.</summary>
    public static void Sweep(string runDirectory)
    {
        foreach (var parent in new[] { RunLayout.SessionDirectory(runDirectory, ""), Gvisor.GvisorBundle.ParentOf(runDirectory), Container.ContainerHome.ParentOf(runDirectory), Container.DockerEngine.HomeIn(runDirectory) }.Where(Directory.Exists))
        {
            foreach (var directory in Directory.GetDirectories(parent))
            {
                Remove(directory);
            }
        }
    }
}
