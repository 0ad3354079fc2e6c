using k8s.Models;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Secrets;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>What every cluster gets, whatever its network and its registry.</summary>
internal static class Base
{
    public static IEnumerable<ManifestFile> Files(Plan plan)
    {
        var set = new ManifestSet("base");
        foreach (var (path, documents) in Parts(plan))
        {
            set.Add(path, documents);
        }

        foreach (var (path, text) in SecretObjects.Loose(plan))
        {
            set.AddLoose(path, text);
        }

        return set.Files(new Kustomization());
    }

    /// <summary>What is applied, by file.</summary>
    public static IEnumerable<(string Path, IEnumerable<object> Documents)> Parts(Plan plan) =>
    [
        ("namespaces.yaml", Namespaces.All()),
        ("limits.yaml", Namespaces.Limits()),
        ("isolation.yaml", [RuntimeClasses.Of(plan.Options.Isolation)]),
        ("agent-session.yaml", AgentWorkload.Job(plan)),
        ("certificates.yaml", Certificates.All(plan)),
        ("rbac.yaml", Rbac.All()),
        ("workspace.yaml", Workspace.All()),
        ("policies/default-deny.yaml", PlainPolicies.Closed()),
        ("policies/edges.yaml", PlainPolicies.Edges(plan)),
        ($"secrets/{Spelling.Of(plan.Options.Secrets)}.yaml", SecretObjects.Of(plan)),
        ("policy.yaml", [Policy(plan, Names.SystemNamespace, "gate"), Policy(plan, Names.SessionNamespace, "sandbox")]),
        .. GateWorkload.Of(plan.Graph).Select(component => ($"{component.Name}.yaml", GateWorkload.Objects(plan, component))),
    ];

    private static V1ConfigMap Policy(Plan plan, string space, string role) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = Meta.Of(Names.PolicyConfigMap, space, Meta.Labels(Names.PolicyConfigMap, role)),
        Data = new Dictionary<string, string> { ["policy.yaml"] = plan.Options.PolicyText },
    };
}
