using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Layout;

/// <summary>
/// The runner starts and ends agents' jobs and reads their state: no exec, no logs, no Secrets, nothing outside the agents' namespace.
/// Every other account has no right at all.
/// </summary>
internal static class Rbac
{
    public static IEnumerable<object> All() =>
    [
        new V1Role
        {
            ApiVersion = "rbac.authorization.k8s.io/v1",
            Kind = "Role",
            Metadata = Meta.Sessions(ComponentNames.AgentRunner),
            Rules =
            [
                new V1PolicyRule { ApiGroups = ["batch"], Resources = ["jobs"], Verbs = ["create", "delete", "get", "list", "patch", "watch"] },
                new V1PolicyRule { ApiGroups = [""], Resources = ["pods"], Verbs = ["get", "list", "watch"] },
            ],
        },
        new V1RoleBinding
        {
            ApiVersion = "rbac.authorization.k8s.io/v1",
            Kind = "RoleBinding",
            Metadata = Meta.Sessions(ComponentNames.AgentRunner),
            RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = ComponentNames.AgentRunner },
            Subjects = [new Rbacv1Subject { Kind = "ServiceAccount", Name = ComponentNames.AgentRunner, NamespaceProperty = Names.SystemNamespace }],
        },
    ];
}
