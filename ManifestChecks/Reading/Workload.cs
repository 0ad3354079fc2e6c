namespace SecureAgent.ManifestChecks.Reading;

public enum ContainerRole
{
    Main,
    Init,
    Ephemeral,
}

public sealed record ContainerPart(Workload Workload, ContainerRole Role, ManifestNode Node)
{
    public string Name => Node["name"].Text ?? "";

    /// <summary>An init container that keeps running beside the others.</summary>
    public bool IsSidecar => Role == ContainerRole.Init && Node["restartPolicy"].Text == "Always";
}

/// <summary>Anything that makes pods: its pod template's metadata and spec.</summary>
public sealed record Workload(ManifestObject Owner, ManifestNode PodMetadata, ManifestNode PodSpec)
{
    public long Replicas => Owner.Kind is "Deployment" or "StatefulSet" or "ReplicaSet" ? Owner.Root.At("spec", "replicas").Number ?? 1 : 1;

    public bool IsService => Owner.Kind is "Deployment" or "StatefulSet" or "DaemonSet";

    public IEnumerable<ContainerPart> Containers =>
        Of("containers", ContainerRole.Main).Concat(Of("initContainers", ContainerRole.Init)).Concat(Of("ephemeralContainers", ContainerRole.Ephemeral));

    public IReadOnlyDictionary<string, string> Labels =>
        PodMetadata["labels"].Members.ToDictionary(pair => pair.Key, pair => pair.Value.Text ?? "", StringComparer.Ordinal);

    public static Workload? Of(ManifestObject found)
    {
        var root = found.Root;
        return found.Kind switch
        {
            "Pod" when found.Group.Length == 0 => new(found, root["metadata"], root["spec"]),
            "PodTemplate" when found.Group.Length == 0 => From(found, root["template"]),
            "ReplicationController" when found.Group.Length == 0 => From(found, root.At("spec", "template")),
            "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Job" when found.Group is "apps" or "batch" or "extensions" => From(found, root.At("spec", "template")),
            "CronJob" when found.Group == "batch" => From(found, root.At("spec", "jobTemplate", "spec", "template")),
            "Sandbox" or "SandboxTemplate" when found.Group.EndsWith("agents.x-k8s.io", StringComparison.Ordinal) => From(found, root.At("spec", "podTemplate")),
            _ => null,
        };
    }

    private static Workload From(ManifestObject found, ManifestNode template) => new(found, template["metadata"], template["spec"]);

    private IEnumerable<ContainerPart> Of(string key, ContainerRole role) => PodSpec[key].Items.Select(node => new ContainerPart(this, role, node));
}
