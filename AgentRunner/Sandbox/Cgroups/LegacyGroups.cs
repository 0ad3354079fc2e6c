using System.Globalization;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox.Cgroups;

/// <summary>cgroup v1: one hierarchy a controller (Documentation/admin-guide/cgroup-v1).</summary>
internal sealed class LegacyGroups(IReadOnlyDictionary<string, string> roots) : ControlGroups
{
    private const int Period = 100_000; // µs

    public override string Description => $"cgroup v1: {string.Join(", ", roots.Keys)}";

    protected override IReadOnlyList<string> Roots => [.. roots.Values];

    /// <summary>The three controllers, all or nothing.</summary>
    public static IReadOnlyDictionary<string, string>? Find(CgroupMounts mounts)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var controller in new[] { "cpu", "memory", "pids" })
        {
            if (!mounts.Controllers.TryGetValue(controller, out var directory) || !Directory.Exists(directory))
            {
                return null;
            }

            found[controller] = directory;
        }

        return found;
    }

    public override bool CountSessions => true;

    public override SessionGroup Create(string name)
    {
        var directories = roots.Keys.Select(controller => DirectoryOf(controller, name)).ToList();
        directories.ForEach(directory => Directory.CreateDirectory(directory));
        return new SessionGroup(name, directories, Time);
    }

    public override void Limit(SessionGroup group, SandboxPolicy limits)
    {
        string Of(string controller) => DirectoryOf(controller, group.Name);
        var memory = limits.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        Write(Of("memory"), "memory.limit_in_bytes", memory);
        if (File.Exists(Path.Combine(Of("memory"), "memory.memsw.limit_in_bytes")))
        {
            Write(Of("memory"), "memory.memsw.limit_in_bytes", memory); // memory and swap together: no swap beyond
        }

        Write(Of("pids"), "pids.max", limits.Pids.ToString(CultureInfo.InvariantCulture));
        Write(Of("cpu"), "cpu.cfs_period_us", Period.ToString(CultureInfo.InvariantCulture));
        Write(Of("cpu"), "cpu.cfs_quota_us", ((long)(limits.Cpu * Period)).ToString(CultureInfo.InvariantCulture));
    }

    private string DirectoryOf(string controller, string name) => Path.Combine(ServerDirectory(roots[controller]), name);
}
