namespace SecureAgent.AgentRunner.Sandbox.Cgroups;

/// <summary>Where this process stands in each control group hierarchy, as directories. From /proc/self/mountinfo and /proc/self/cgroup.</summary>
/// <param name="Unified">Mount point and own directory of cgroup v2; null when not mounted.</param>
/// <param name="Controllers">Own directory by v1 controller.</param>
internal sealed record CgroupMounts((string Mount, string Own)? Unified, IReadOnlyDictionary<string, string> Controllers)
{
    public static CgroupMounts OfThisProcess() => Parse(File.ReadLines("/proc/self/mountinfo"), File.ReadLines("/proc/self/cgroup"));

    internal static CgroupMounts Parse(IEnumerable<string> mountInfo, IEnumerable<string> cgroup)
    {
        // "9:memory:/path", "0::/path"
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parts in cgroup.Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3))
        {
            foreach (var controller in parts[1].Split(','))
            {
                paths[controller] = parts[2];
            }
        }

        (string, string)? unified = null;
        var controllers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in mountInfo)
        {
            // id parent major:minor root mountpoint options … - type source superoptions
            var halves = line.Split(" - ", 2);
            var (left, right) = (halves[0].Split(' '), halves.Length == 2 ? halves[1].Split(' ') : []);
            if (left.Length < 5 || right.Length < 3)
            {
                continue;
            }

            if (right[0] == "cgroup2" && paths.TryGetValue("", out var own))
            {
                unified ??= (left[4], Below(left[4], left[3], own));
            }

            foreach (var controller in right[0] == "cgroup" ? right[2].Split(',') : [])
            {
                if (paths.TryGetValue(controller, out var path))
                {
                    controllers.TryAdd(controller, Below(left[4], left[3], path));
                }
            }
        }

        return new CgroupMounts(unified, controllers);
    }

    /// <summary>In a container the mount shows a subtree: <paramref name="root"/> is what its top is in the hierarchy.</summary>
    private static string Below(string mount, string root, string path) =>
        (mount + (root != "/" && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path)).TrimEnd('/');
}
