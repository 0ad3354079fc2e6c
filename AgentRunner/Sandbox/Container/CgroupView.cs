namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>
/// crun refuses a machine whose controllers are partly in cgroup v1 and partly in v2, even when it is to make no groups. There it runs in a mount namespace of its own where v2 is not to be seen.
/// </summary>
internal static class CgroupView
{
    private const string Unified = "/sys/fs/cgroup/unified";

    public static IReadOnlyList<string> Legacy(HostTools tools) =>
        IsMixed() ? [tools.Unshare!, "--mount", "sh", "-c", $"umount {Unified} && exec \"$@\"", "sh"] : [];

    private static bool IsMixed() => File.Exists($"{Unified}/cgroup.controllers") && File.ReadAllText($"{Unified}/cgroup.controllers").Trim().Length > 0;
}
