using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

public sealed class CgroupTests : IDisposable
{
    private readonly string tree = Directory.CreateTempSubdirectory("sa-cgroup-").FullName;

    [Fact]
    public void Mounts_OfBothVersions_GiveOwnDirectories()
    {
        var mounts = CgroupMounts.Parse(
            [
                "30 25 0:26 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw",
                "31 25 0:27 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory",
                "32 25 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
                "33 25 0:29 / /proc rw - proc proc rw",
            ],
            ["4:memory:/user/me", "3:cpu,cpuacct:/docker/abc/job", "1:name=systemd:/", "0::/user.slice"]);

        Assert.Equal(("/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/user.slice"), mounts.Unified);
        Assert.Equal("/sys/fs/cgroup/memory/user/me", mounts.Controllers["memory"]);
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct/job", mounts.Controllers["cpu"]);
        Assert.DoesNotContain("pids", mounts.Controllers.Keys);
    }

    [Fact]
    public void Unified_ManagerAboveUs_IsChosen()
    {
        // user@1000.service hands memory and pids to app.slice, which hands them to nobody.
        Make("user.slice", "memory pids");
        var manager = Make("user.slice/user@1000.service", "cpu memory pids");
        var own = Make("user.slice/user@1000.service/app.slice", "");

        Assert.Equal(manager, UnifiedGroups.UsableParent(new CgroupMounts((tree, own), new Dictionary<string, string>())));
    }

    [Fact]
    public void Unified_NothingHandsDown_IsNotUsable()
    {
        var own = Make("system.slice/server.service", "cpu");

        Assert.Null(UnifiedGroups.UsableParent(new CgroupMounts((tree, own), new Dictionary<string, string>())));
    }

    [Fact]
    public async Task Removal_ToolThatLeftSomething_IsToldAndTheRestIsRemoved()
    {
        var group = new SessionGroup("s-1", [Directory.CreateDirectory(Path.Combine(tree, "group")).FullName], TimeProvider.System)
        {
            Scratch = Directory.CreateDirectory(Path.Combine(tree, "scratch")).FullName,
            Leftovers = () => throw new SandboxException("the container may still be there"),
        };

        await Assert.ThrowsAsync<SandboxException>(group.RemoveAsync);

        Assert.Empty(Directory.GetFileSystemEntries(tree));
    }

    [Fact]
    public void Unified_Session_GetsItsLimits()
    {
        var parent = Make("slice", "memory pids cpu");
        var groups = ControlGroups.Detect(new CgroupMounts((tree, parent), new Dictionary<string, string>()), "b-1", isRoot: false, TimeProvider.System);
        var server = Path.Combine(parent, $"secure-agent-b-1.{Environment.ProcessId}");
        Touch(server, "cgroup.subtree_control", "cgroup.controllers");
        File.WriteAllText(Path.Combine(server, "cgroup.controllers"), "cpu memory pids\n");
        Touch(Path.Combine(server, "s-1"), "memory.max", "memory.swap.max", "pids.max", "cpu.max");

        var group = groups.Create("s-1");
        groups.Limit(group, SandboxPolicy.Default with { Cpu = 0.5, MemoryBytes = 64 << 20, Pids = 33 });

        Assert.Equal(["67108864", "0", "33", "50000 100000"], new[] { "memory.max", "memory.swap.max", "pids.max", "cpu.max" }.Select(file => File.ReadAllText(Path.Combine(group.Directories[0], file))));
        Assert.Equal("+memory +pids +cpu", File.ReadAllText(Path.Combine(server, "cgroup.subtree_control")));
        Assert.True(groups.CountSessions);
    }

    [Fact]
    public void None_ForOrdinaryUserWithoutDelegation_SaysSo()
    {
        var groups = ControlGroups.Detect(new CgroupMounts(null, new Dictionary<string, string> { ["memory"] = tree, ["pids"] = tree, ["cpu"] = tree }), "b-1", isRoot: false, TimeProvider.System);

        Assert.Contains("rlimits", groups.Description, StringComparison.Ordinal);
        Assert.False(groups.CountSessions);
        Assert.Empty(groups.Create("s-1").Directories);
    }

    [Fact]
    public void Sweep_LeavesGroupsOfLivingServers()
    {
        var parent = Make("slice", "memory pids");
        var living = Directory.CreateDirectory(Path.Combine(parent, $"secure-agent-b-0.{Environment.ProcessId}", "s-1")).FullName;
        var dead = Directory.CreateDirectory(Path.Combine(parent, "secure-agent-b-0.999999999", "s-2")).FullName;

        ControlGroups.Detect(new CgroupMounts((tree, parent), new Dictionary<string, string>()), "b-1", isRoot: false, TimeProvider.System).Sweep();

        Assert.True(Directory.Exists(living));
        Assert.False(Directory.Exists(Path.GetDirectoryName(dead)));
    }

    public void Dispose() => Directory.Delete(tree, recursive: true);

    private string Make(string path, string handsDown)
    {
        var directory = Path.Combine(tree, path);
        Touch(directory, "cgroup.procs");
        File.WriteAllText(Path.Combine(directory, "cgroup.subtree_control"), handsDown + "\n");
        return directory;
    }

    private static void Touch(string directory, params string[] files)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(directory, file), "");
        }
    }
}
