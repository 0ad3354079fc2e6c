using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Images, limits, health and what keeps a service up.</summary>
internal static class ResourceRules
{
    public static IEnumerable<Rule> All { get; } =
    [
        Resource("cpu-request", Severity.Warning, "requests", "cpu", "The scheduler cannot place it."),
        Resource("memory-request", Severity.Warning, "requests", "memory", "It is the first to be evicted."),
        Resource("cpu-limit", Severity.Warning, "limits", "cpu", "An agent in a loop starves its neighbours."),
        Resource("memory-limit", Severity.Error, "limits", "memory", "A leak takes the node down."),
        new("empty-dir-limit", Severity.Warning, "An emptyDir has no size limit.", "Writing fills the node's disk.", "Set emptyDir.sizeLimit.")
        {
            Find = Find.Volumes(volume => volume["emptyDir"].Exists && !volume.At("emptyDir", "sizeLimit").Exists || IsBareEmptyDir(volume) ? "has no sizeLimit" : null),
        },
        new("image-tag", Severity.Error, "An image is named without a version.", "What runs changes without the manifest changing.", "Name a version, or better a digest.")
        {
            Find = Find.Containers(part => part.Node["image"] is var image && !HasVersion(image.Text ?? "") ? (part.Node["image"].Line, $"has image '{part.Node["image"].Text}'") : null),
        },
        new("image-pull-policy", Severity.Warning, "An image with a version is pulled every time.", "A registry that is down, or was replaced, decides what runs.", "Remove imagePullPolicy: Always, or use IfNotPresent.")
        {
            Find = Find.Containers(part => part.Node["imagePullPolicy"] is { Exists: true, Text: "Always" } policy && (part.Node["image"].Text ?? "").Contains("@sha256:", StringComparison.Ordinal) ? (policy.Line, "pulls a digest every time") : null),
        },
        Probe("readiness-probe", "readinessProbe", "Requests reach it before it can answer."),
        Probe("liveness-probe", "livenessProbe", "A stuck process is never restarted."),
        new("disruption-budget", Severity.Warning, "A service of several replicas has no PodDisruptionBudget.", "A drained node may stop all of them at once.", "Add a PodDisruptionBudget that selects its pods.")
        {
            Find = Find.RelatedWorkloads((workload, set) => workload.IsService && workload.Replicas > 1 && !set.OfKind("PodDisruptionBudget").Any(budget => Selectors.Select(budget, budget.Root.At("spec", "selector"), workload))
                ? (workload.Owner.Root.At("spec", "replicas").Line, "has no PodDisruptionBudget") : null),
        },
        new("disruption-budget-drainable", Severity.Warning, "A PodDisruptionBudget forbids every eviction.", "Nodes cannot be drained.", "Allow one pod to be away.")
        {
            Find = Find.Objects(["PodDisruptionBudget"], found => (found.Root.At("spec", "maxUnavailable") is { Exists: true, Text: "0" or "0%" } most ? most : found.Root.At("spec", "minAvailable") is { Exists: true, Text: "100%" } least ? least : default) is { Exists: true } at
                ? (at.Line, "forbids every eviction") : null),
        },
        new("spread-replicas", Severity.Warning, "Replicas may all land on one node.", "One node's end is then the service's.", "Add topologySpreadConstraints or podAntiAffinity.")
        {
            Find = Find.Workloads(workload => workload.IsService && workload.Replicas > 1 && !workload.PodSpec["topologySpreadConstraints"].Items.Any() && !workload.PodSpec.At("affinity", "podAntiAffinity").Exists
                ? (workload.PodSpec.Line, "does not spread its replicas") : null),
        },
        new("job-deadline", Severity.Warning, "A Job may run for ever.", "A hung job holds its limits and its leases.", "Set activeDeadlineSeconds.")
        {
            Find = Find.Objects(["Job", "CronJob"], found => (found.Kind == "Job" ? found.Root["spec"] : found.Root.At("spec", "jobTemplate", "spec")) is var spec && !spec["activeDeadlineSeconds"].Exists ? (spec.Line, "has no activeDeadlineSeconds") : null),
        },
        new("duplicate-env", Severity.Error, "A variable is set twice.", "Which one holds depends on order.", "Remove one.")
        {
            Find = Find.Containers(part => part.Node["env"].Items.GroupBy(item => item["name"].Text).FirstOrDefault(group => group.Skip(1).Any()) is { } twice ? (twice.Last().Line, $"sets '{twice.Key}' twice") : null),
        },
    ];

    private static Rule Resource(string id, Severity severity, string set, string name, string why) =>
        new(id, severity, $"A container has no {name} {set[..^1]}.", why, $"Set resources.{set}.{name}.")
        {
            Find = Find.Containers(part => part.Role == ContainerRole.Ephemeral || part.Node.At("resources", set, name).Exists ? null : (part.Node.At("resources", set, name).Line, $"has no {name} {set[..^1]}")),
        };

    private static Rule Probe(string id, string key, string why) =>
        new(id, Severity.Warning, $"A service's container has no {key}.", why, $"Add a {key}.")
        {
            Find = Find.Containers(part => part.Workload.IsService && (part.Role == ContainerRole.Main || part.IsSidecar) && !part.Node[key].Exists ? (part.Node.Line, $"has no {key}") : null),
        };

    private static bool IsBareEmptyDir(ManifestNode volume) => volume.Members.Any(pair => pair.Key == "emptyDir" && !pair.Value.Exists);

    private static bool HasVersion(string image)
    {
        if (image.Contains("@sha256:", StringComparison.Ordinal))
        {
            return true;
        }

        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && name[(colon + 1)..] is not ("" or "latest");
    }
}
