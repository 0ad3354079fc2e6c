using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>What a pod shares with its node.</summary>
internal static class IsolationRules
{
    private const string Baseline = "Pod Security Standards, baseline.";

    private static readonly string[] SafeSysctls = [.. PodSecurity.RestrictedStandard.SafeSysctls];

    public static IEnumerable<Rule> All { get; } =
    [
        new("no-host-path", Severity.Error, "A pod mounts a folder of its node.", $"A writable or readable node path is a way out of the container. {Baseline}", "Use emptyDir, or a claim bound to a PersistentVolume.")
        {
            Find = Find.Volumes(volume => volume["hostPath"].Exists ? $"is the node's '{volume.At("hostPath", "path").Text}'" : null),
        },
        HostFlag("no-host-network", "hostNetwork", "Network policies do not hold for it, and it reaches the node's loopback services."),
        HostFlag("no-host-pid", "hostPID", "It sees and signals every process of the node."),
        HostFlag("no-host-ipc", "hostIPC", "It shares memory with processes of the node."),
        new("no-host-port", Severity.Error, "A container takes a port of its node.", $"The port is reachable past every Service and policy. {Baseline}", "Remove hostPort; publish through a Service.")
        {
            Find = Find.Containers(part => part.Node["ports"].Items.FirstOrDefault(port => port["hostPort"].Exists && port["hostPort"].Number != 0) is { Exists: true } port
                ? (port["hostPort"].Line, $"takes host port {port["hostPort"].Text}") : null),
        },
        new("no-shared-process-namespace", Severity.Error, "Containers of a pod see each other's processes.", "A sidecar that holds a token is then readable through /proc by the others.", "Remove shareProcessNamespace.")
        {
            Find = Find.Workloads(workload => workload.PodSpec["shareProcessNamespace"] is { Exists: true, Bool: not false } flag ? (flag.Line, "shareProcessNamespace is set") : null),
        },
        new("no-unsafe-sysctl", Severity.Error, "A pod sets a kernel parameter outside the safe list.", $"Others reach beyond the pod's namespaces. {Baseline}", "Remove it, or use one of the namespaced sysctls.")
        {
            Find = Find.Workloads(workload => workload.PodSpec.At("securityContext", "sysctls").Items.FirstOrDefault(item => !SafeSysctls.Contains(item["name"].Text)) is { Exists: true } item
                ? (item.Line, $"sets sysctl '{item["name"].Text}'") : null),
        },
        new("no-unmasked-proc", Severity.Error, "A container sees an unmasked /proc.", $"Masked paths hide kernel keys and interrupts. {Baseline}", "Remove procMount, or set it to Default.")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "procMount") is { Exists: true } mount && mount.Text != "Default" ? (mount.Line, $"has procMount {mount.Text}") : null),
        },
        new("no-ephemeral-container", Severity.Error, "A debug container is part of the manifest.", "It runs beside the agent with a shell and none of the pod's limits.", "Remove ephemeralContainers.")
        {
            Find = Find.Workloads(workload => workload.PodSpec["ephemeralContainers"] is { Exists: true } list && list.Items.Any() ? (list.Line, "has ephemeral containers") : null),
        },
        new("no-sensitive-host-volume", Severity.Error, "A PersistentVolume exposes a system folder or a runtime socket of its node.", "Whoever binds the claim controls the node.", "Give a folder made for this purpose, such as /srv/workspaces/NAME.")
        {
            Find = Find.Objects(["PersistentVolume"], found => (found.Root.At("spec", "hostPath", "path") is { Exists: true } path ? path : found.Root.At("spec", "local", "path")) is { Exists: true } at && IsSensitive(at.Text!)
                ? (at.Line, $"exposes '{at.Text}'") : null),
        },
        new("runtime-class-known", Severity.Error, "A pod names a RuntimeClass that these manifests do not have.", "The API server refuses a pod with an unknown RuntimeClass. Judged only where RuntimeClass objects are part of the set.", "Add the RuntimeClass, or name one that is there.")
        {
            Find = Find.RelatedWorkloads((workload, set) => workload.PodSpec["runtimeClassName"] is { Exists: true } name && set.OfKind("RuntimeClass").Any() && !set.OfKind("RuntimeClass").Any(found => found.Name == name.Text)
                ? (name.Line, $"names RuntimeClass '{name.Text}'") : null),
        },
    ];

    private static Rule HostFlag(string id, string key, string why) =>
        new(id, Severity.Error, $"A pod sets {key}.", $"{why} {Baseline}", $"Remove {key}.")
        {
            Find = Find.Workloads(workload => workload.PodSpec[key] is { Exists: true, Bool: not false } flag ? (flag.Line, $"{key} is set") : null),
        };

    private static bool IsSensitive(string path)
    {
        var clean = "/" + path.Trim('/');
        string[] roots = ["/etc", "/proc", "/sys", "/dev", "/boot", "/root", "/run", "/var/run", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd"];
        return clean == "/" || clean.EndsWith(".sock", StringComparison.Ordinal) || clean.Contains("/../", StringComparison.Ordinal) || clean.EndsWith("/..", StringComparison.Ordinal)
            || roots.Any(root => clean == root || clean.StartsWith(root + "/", StringComparison.Ordinal));
    }
}
