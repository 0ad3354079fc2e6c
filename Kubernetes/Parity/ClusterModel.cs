using k8s.Models;
using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>What the published objects answer. It is read from the files, so that what is judged is what is applied.</summary>
internal sealed class ClusterModel
{
    private readonly PlainNetwork plain;
    private readonly CiliumNetwork cilium;
    private readonly List<V1Role> roles = [];
    private readonly List<V1RoleBinding> bindings = [];
    private readonly PodModel pods = new();
    private V1JobSpec? session;

    /// <param name="component">The network component that is applied with the base: <c>cilium</c> or <c>portable</c>.</param>
    public ClusterModel(IReadOnlyList<ManifestFile> files, string component)
    {
        var policies = new List<V1NetworkPolicy>();
        var ciliumPolicies = new List<(string, CiliumSpec)>();
        foreach (var document in files.Where(file => Applied(file.Path, component)).SelectMany(file => CustomReader.Split(file.Text)).Select(CustomReader.ToNode))
        {
            switch ((string)document["kind"]!)
            {
                case "NetworkPolicy":
                    policies.Add(CustomReader.Model<V1NetworkPolicy>(document));
                    break;
                case "CiliumNetworkPolicy":
                    ciliumPolicies.Add(CustomReader.Spec<CiliumSpec>(document));
                    break;
                case "Role":
                    roles.Add(CustomReader.Model<V1Role>(document));
                    break;
                case "RoleBinding":
                    bindings.Add(CustomReader.Model<V1RoleBinding>(document));
                    break;
                case "Job":
                    session = CustomReader.Model<V1Job>(document).Spec;
                    break;
                case "ClusterRoleBinding" or "ClusterRole" or "CiliumClusterwideNetworkPolicy" or "BaselineAdminNetworkPolicy" or "AdminNetworkPolicy":
                    throw new NotSupportedException($"the model does not know {document["kind"]}");
                case var kind:
                    pods.Read(kind, document);
                    break;
            }
        }

        plain = new PlainNetwork(policies);
        cilium = new CiliumNetwork(ciliumPolicies);
    }

    public bool Allows(Question question) =>
        !cilium.Denies(question.From, question.To)
        && (!(plain.Closes(question.From, egress: true) || cilium.Closes(question.From, egress: true))
            || plain.Egress(question.From, question.To, question.Port) || cilium.Egress(question.From, question.To, question.Port))
        && (question.To is not Destination.Pod pod
            || !(plain.Closes(pod, egress: false) || cilium.Closes(pod, egress: false))
            || plain.Ingress(question.From, pod, question.Port) || cilium.Ingress(question.From, pod, question.Port));

    public bool Allows(Request request) => bindings
        .Where(binding => binding.Metadata.NamespaceProperty == Names.SessionNamespace && binding.Subjects.Any(subject => subject.Name == request.Account))
        .Select(binding => roles.Single(role => role.Metadata.Name == binding.RoleRef.Name && role.Metadata.NamespaceProperty == binding.Metadata.NamespaceProperty))
        .SelectMany(role => role.Rules)
        .Any(rule => Has(rule.Verbs, request.Verb) && Has(rule.ApiGroups, request.Group) && Has(rule.Resources, request.Resource));

    public bool Allows(Plan plan, Shape shape) => pods.Admits(plan, shape);

    public bool Allows(Amount amount) => Amounts.InCluster(session ?? throw new InvalidOperationException("no Job was published for a session"), amount);

    private static bool Has(IList<string> list, string value) => list.Contains(value) || list.Contains("*");

    private static bool Applied(string path, string component) =>
        path.EndsWith(".yaml", StringComparison.Ordinal) && !path.EndsWith(Kustomization.FileName, StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal)
        && (path.StartsWith("base/", StringComparison.Ordinal) || path.StartsWith($"{AdmissionComponents.Default}/", StringComparison.Ordinal) || path.StartsWith($"components/{component}/", StringComparison.Ordinal));
}
