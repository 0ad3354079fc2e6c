using System.Globalization;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox.Cgroups;

/// <summary>cgroup v2 (Documentation/admin-guide/cgroup-v2.rst).</summary>
internal sealed class UnifiedGroups(string parent) : ControlGroups
{
    private const int Period = 100_000; // µs

    public override string Description => $"cgroup v2 below {parent}";

    protected override IReadOnlyList<string> Roots => [parent];

    /// <summary>
    /// The nearest group at or above our own that we may manage and that hands memory and pids to its children. One that holds processes itself cannot
    /// ("no internal processes"), which rules out most of our own places; what systemd delegates is usually one level up.
    /// </summary>
    public static string? UsableParent(CgroupMounts mounts)
    {
        if (mounts.Unified is not { } unified)
        {
            return null;
        }

        for (var directory = unified.Own; directory is not null && directory.StartsWith(unified.Mount, StringComparison.Ordinal); directory = Path.GetDirectoryName(directory))
        {
            if (HandsDown(directory) && MayManage(directory))
            {
                return directory;
            }
        }

        return null;
    }

    public override bool CountSessions => true;

    public override SessionGroup Create(string name)
    {
        var server = ServerDirectory(parent);
        Directory.CreateDirectory(server);
        var cpu = File.ReadAllText(Path.Combine(server, "cgroup.controllers")).Split(' ', '\n').Contains("cpu");
        Write(server, "cgroup.subtree_control", cpu ? "+memory +pids +cpu" : "+memory +pids");
        var directory = Path.Combine(server, name);
        Directory.CreateDirectory(directory);
        return new SessionGroup(name, [directory], Time);
    }

    public override void Limit(SessionGroup group, SandboxPolicy limits)
    {
        var directory = group.Directories.Single();
        Write(directory, "memory.max", limits.MemoryBytes.ToString(CultureInfo.InvariantCulture));
        Write(directory, "pids.max", limits.Pids.ToString(CultureInfo.InvariantCulture));
        if (File.Exists(Path.Combine(directory, "memory.swap.max")))
        {
            Write(directory, "memory.swap.max", "0");
        }

        if (File.Exists(Path.Combine(directory, "cpu.max")))
        {
            Write(directory, "cpu.max", string.Create(CultureInfo.InvariantCulture, $"{(long)(limits.Cpu * Period)} {Period}"));
        }
    }

    private static bool HandsDown(string directory)
    {
        var file = Path.Combine(directory, "cgroup.subtree_control");
        if (!File.Exists(file))
        {
            return false;
        }

        var controllers = File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return controllers.Contains("memory") && controllers.Contains("pids");
    }

    /// <summary>Tried, not guessed: a group is made and removed, and cgroup.procs, which moving a process here needs, is opened.</summary>
    private static bool MayManage(string directory)
    {
        var trial = Path.Combine(directory, $"secure-agent-trial.{Environment.ProcessId}");
        try
        {
            using (new FileStream(Path.Combine(directory, "cgroup.procs"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
            {
            }

            Directory.CreateDirectory(trial);
            Directory.Delete(trial);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
