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
        var set = new ManifestSet("base")
            .Add("namespaces.yaml", Namespaces.All())
            .Add("limits.yaml", Namespaces.Limits())
            .Add("isolation.yaml", [RuntimeClasses.Of(plan.Options.Isolation)])
            .Add("agent-session.yaml", AgentWorkload.Job(plan))
            .Add("certificates.yaml", Certificates.All(plan))
            .Add("rbac.yaml", Rbac.All())
            .Add("workspace.yaml", Workspace.All())
            .Add("policies/default-deny.yaml", PlainPolicies.Closed())
            .Add("policies/edges.yaml", PlainPolicies.Edges(plan))
            .Add($"secrets/{Spelling.Of(plan.Options.Secrets)}.yaml", SecretObjects.Of(plan))
            .Add("policy.yaml", [Policy(plan, Names.SystemNamespace, "gate"), Policy(plan, Names.SessionNamespace, "sandbox")]);
        foreach (var component in GateWorkload.Of(plan.Graph))
        {
            set.Add($"{component.Name}.yaml", GateWorkload.Objects(plan, component));
        }

        foreach (var (path, text) in SecretObjects.Loose(plan))
        {
            set.AddLoose(path, text);
        }

        return set.Files(new Kustomization());
    }

    private static V1ConfigMap Policy(Plan plan, string space, string role) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = Meta.Of(Names.PolicyConfigMap, space, Meta.Labels(Names.PolicyConfigMap, role)),
        Data = new Dictionary<string, string> { ["policy.yaml"] = plan.Options.PolicyText },
    };
}
