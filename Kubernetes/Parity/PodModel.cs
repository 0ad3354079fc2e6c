using k8s;
using k8s.Models;
using SecureAgent.Kubernetes.Admission;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>
/// What the API server does to a pod among the agents: the level its namespace enforces, and the admission policies that are bound to it. A policy
/// whose words are not the table's is one the model does not know, and counts for nothing.
/// </summary>
internal sealed class PodModel
{
    private readonly List<V1ValidatingAdmissionPolicy> policies = [];
    private readonly List<V1ValidatingAdmissionPolicyBinding> bindings = [];
    private string? level;

    public void Read(string kind, string text)
    {
        switch (kind)
        {
            case "Namespace" when KubernetesYaml.Deserialize<V1Namespace>(text, strict: true) is var space && space.Metadata.Name == Names.SessionNamespace:
                level = space.Metadata.Labels.TryGetValue("pod-security.kubernetes.io/enforce", out var enforced) ? enforced : null;
                break;
            case "ValidatingAdmissionPolicy":
                policies.Add(KubernetesYaml.Deserialize<V1ValidatingAdmissionPolicy>(text, strict: true));
                break;
            case "ValidatingAdmissionPolicyBinding":
                bindings.Add(KubernetesYaml.Deserialize<V1ValidatingAdmissionPolicyBinding>(text, strict: true));
                break;
        }
    }

    public bool Admits(Plan plan, Shape shape)
    {
        var pod = Workload.Of(ManifestReader.Parse(YamlWriter.Write([shape.Pod]), shape.What).Single())!;
        return shape.Layer == PodLayer.PodSecurity
            ? level != "restricted" || RestrictedEvaluator.Refusals(pod).Count == 0
            : AdmissionRules.Of(AdmissionComponents.Settings(plan, "")).Where(Enforced).All(rule => !rule.Breaks(pod, Names.SessionNamespace));
    }

    private bool Enforced(AdmissionRule rule) => bindings.Any(binding =>
        binding.Spec.PolicyName == rule.ObjectName
        && binding.Spec.ValidationActions.Contains("Deny")
        && binding.Spec.MatchResources.NamespaceSelector.MatchExpressions.All(term => term.OperatorProperty == "In" && term.Values.Contains(Names.SessionNamespace))
        && policies.Any(policy => policy.Metadata.Name == rule.ObjectName && policy.Spec.FailurePolicy == "Fail" && policy.Spec.Validations.Any(validation => validation.Expression == rule.Cel)));
}
