using k8s.Models;

namespace SecureAgent.Kubernetes.Objects;

internal static class Meta
{
    public static V1ObjectMeta System(string name, string role) => Of(name, Names.SystemNamespace, Labels(name, role));

    public static V1ObjectMeta Sessions(string name, string role = "sandbox") => Of(name, Names.SessionNamespace, Labels(name, role));

    public static V1ObjectMeta Cluster(string name, string role) => Of(name, null, Labels(name, role));

    public static V1ObjectMeta Of(string name, string? space, IDictionary<string, string> labels) =>
        new() { Name = name, NamespaceProperty = space, Labels = labels };

    public static IDictionary<string, string> Labels(string name, string role) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Names.NameLabel] = name,
        [Names.PartOfLabel] = Names.PartOf,
        [Names.RoleLabel] = role,
    };

    /// <summary>Labels that selectors use: the fewest that tell one workload from all others.</summary>
    public static IDictionary<string, string> Selector(string name, string role) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [Names.NameLabel] = name,
        [Names.RoleLabel] = role,
    };
}
