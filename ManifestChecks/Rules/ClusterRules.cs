using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Namespaces, admission, and how objects hold together.</summary>
internal static class ClusterRules
{
    private const string Enforce = "pod-security.kubernetes.io/enforce";
    private static readonly string[] Retired =
        ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "policy/v1beta1", "batch/v1beta1", "batch/v2alpha1", "networking.k8s.io/v1beta1", "rbac.authorization.k8s.io/v1beta1",
        "admissionregistration.k8s.io/v1beta1", "apiextensions.k8s.io/v1beta1", "node.k8s.io/v1beta1", "autoscaling/v2beta1", "autoscaling/v2beta2", "external-secrets.io/v1alpha1", "external-secrets.io/v1beta1"];

    public static IEnumerable<Rule> All { get; } =
    [
        new("namespace-restricted", Severity.Error, "A namespace does not enforce the restricted standard.", "Pod Security admits anything where the label is missing.", $"Label it {Enforce}: restricted.")
        {
            Find = Find.Objects(["Namespace"], found => Label(found, Enforce) is var label && label.Text != "restricted" ? (label.Line, $"does not enforce restricted") : null),
        },
        new("namespace-version-pinned", Severity.Warning, "A namespace's standard moves with the cluster.", "An upgrade changes what is admitted.", $"Label it {Enforce}-version with a version.")
        {
            Find = Find.Objects(["Namespace"], found => Label(found, Enforce + "-version") is var version && version.Text is null or "latest" ? (Label(found, Enforce + "-version").Line, "does not pin the version") : null),
        },
        new("no-default-namespace", Severity.Warning, "An object is put into the default namespace.", "It has no policy, quota or Pod Security label.", "Use a namespace of its own.")
        {
            Find = set => set.Objects.Where(found => found.Namespace == "default").Select(found => new Hit(found, found.Root.At("metadata", "namespace").Line, "is in the default namespace")),
        },
        new("admission-fails-closed", Severity.Error, "An admission rule is skipped when it cannot be asked.", "Whoever can break it is past it.", "Set failurePolicy: Fail.")
        {
            Find = Find.Objects(["ValidatingAdmissionPolicy", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"], found =>
                found.Root["webhooks"].Items.Select(hook => hook["failurePolicy"]).Append(found.Root.At("spec", "failurePolicy")).FirstOrDefault(policy => policy is { Exists: true, Text: not "Fail" }) is { Exists: true } open ? (open.Line, "is skipped on failure") : null),
        },
        new("admission-bound", Severity.Error, "An admission policy has no binding.", "Without one it judges nothing.", "Add a ValidatingAdmissionPolicyBinding that names it.")
        {
            Find = Find.Related(["ValidatingAdmissionPolicy"], (found, set) => set.OfKind("ValidatingAdmissionPolicyBinding").Any(binding => binding.Root.At("spec", "policyName").Text == found.Name) ? null : (found.Root.Line, "has no binding")),
        },
        new("admission-denies", Severity.Error, "An admission binding only watches.", "Warn and Audit let the object through.", "Add Deny to validationActions.")
        {
            Find = Find.Objects(["ValidatingAdmissionPolicyBinding"], found => found.Root.At("spec", "validationActions") is var actions && !actions.Has("Deny") ? (actions.Line, "does not deny") : null),
        },
        new("constraint-denies", Severity.Error, "A Gatekeeper constraint only watches.", "dryrun and warn let the object through.", "Set enforcementAction: deny.")
        {
            Find = set => set.Objects.Where(found => found.Group == "constraints.gatekeeper.sh" && found.Root.At("spec", "enforcementAction") is { Exists: true, Text: not ("deny" or "scoped") })
                .Select(found => new Hit(found, found.Root.At("spec", "enforcementAction").Line, "does not deny")),
        },
        new("api-current", Severity.Error, "An API version is no longer served.", "The API server does not know it.", "Use the current version.")
        {
            Find = set => set.Objects.Where(found => Retired.Contains(found.ApiVersion)).Select(found => new Hit(found, found.Root["apiVersion"].Line, $"has apiVersion {found.ApiVersion}")),
        },
        new("one-object-once", Severity.Error, "An object is written twice.", "The one applied last holds.", "Remove one.")
        {
            Find = set => set.Objects.GroupBy(found => (found.Group, found.Kind, found.Namespace, found.Name, found.Component)).Where(group => group.Key.Name.Length > 0)
                .SelectMany(group => group.Skip(1)).Select(found => new Hit(found, found.Root.Line, "is written twice")),
        },
        new("selector-matches-pods", Severity.Error, "A workload does not select its own pods.", "The API server refuses it.", "Give selector.matchLabels and the template the same labels.")
        {
            Find = Find.Workloads(workload => workload.Owner.Root.At("spec", "selector") is { Exists: true } selector && workload.Owner.Kind is "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet"
                && !Selectors.Matches(workload.Owner.Root.At("spec", "selector"), workload.Labels) ? (workload.Owner.Root.At("spec", "selector").Line, "does not select its own pods") : null),
        },
        new("service-account-known", Severity.Error, "A pod runs as a ServiceAccount that is not there.", "No pod is made. Judged only where the namespace's ServiceAccounts are part of the set.", "Add the ServiceAccount.")
        {
            Find = Find.RelatedWorkloads((workload, set) => workload.PodSpec["serviceAccountName"] is { Exists: true } name && name.Text != "default" && Missing(set, "ServiceAccount", workload, name.Text!) ? (name.Line, $"runs as '{name.Text}'") : null),
        },
        new("claim-known", Severity.Error, "A pod mounts a claim that is not there.", "It waits for ever. Judged only where the namespace's claims are part of the set.", "Add the PersistentVolumeClaim.")
        {
            Find = Find.RelatedWorkloads((workload, set) => workload.PodSpec["volumes"].Items.Select(volume => volume.At("persistentVolumeClaim", "claimName")).FirstOrDefault(claim => claim.Exists && Missing(set, "PersistentVolumeClaim", workload, claim.Text!)) is { Exists: true } missing
                ? (missing.Line, $"mounts claim '{missing.Text}'") : null),
        },
        new("mount-known", Severity.Error, "A container mounts a volume the pod does not have.", "The API server refuses it.", "Add the volume.")
        {
            Find = Find.Containers(part => part.Node["volumeMounts"].Items.FirstOrDefault(mount => !VolumeNames(part.Workload).Contains(mount["name"].Text)) is { Exists: true } mount ? (mount.Line, $"mounts '{mount["name"].Text}'") : null),
        },
        new("volume-used", Severity.Warning, "A pod has a volume that nothing mounts.", "It may be a mount that was misspelt.", "Mount it, or remove it.")
        {
            Find = Find.Workloads(workload => workload.PodSpec["volumes"].Items.FirstOrDefault(volume => !workload.Containers.SelectMany(part => part.Node["volumeMounts"].Items.Concat(part.Node["volumeDevices"].Items)).Any(mount => mount["name"].Text == volume["name"].Text)) is { Exists: true } volume
                ? (volume.Line, $"has volume '{volume["name"].Text}' for nothing") : null),
        },
        new("mount-path", Severity.Error, "A mount path has a colon in it.", "'/x:ro' is not read-only: it is a folder of that name, or refused.", "Write readOnly: true.")
        {
            Find = Find.Containers(part => part.Node["volumeMounts"].Items.Select(mount => mount["mountPath"]).FirstOrDefault(path => path.Text?.Contains(':', StringComparison.Ordinal) == true) is { Exists: true } path ? (path.Line, $"mounts at '{path.Text}'") : null),
        },
    ];

    private static ManifestNode Label(ManifestObject found, string label) => found.Root.At("metadata", "labels")[label];

    private static HashSet<string?> VolumeNames(Workload workload) =>
        [.. workload.PodSpec["volumes"].Items.Select(volume => volume["name"].Text), .. workload.Owner.Root.At("spec", "volumeClaimTemplates").Items.Select(claim => claim.At("metadata", "name").Text)];

    private static bool Missing(ManifestSet set, string kind, Workload workload, string name)
    {
        var there = set.OfKind(kind).Where(found => ManifestSet.Same(found.Namespace, workload.Owner.Namespace)).ToList();
        return there.Count > 0 && !there.Any(found => found.Name == name);
    }
}
