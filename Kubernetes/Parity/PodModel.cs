using System.Text.Json.Nodes;
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
    private List<AdmissionRule>? rules;

    public void Read(string kind, JsonNode document)
    {
        switch (kind)
        {
            case "Namespace" when CustomReader.Model<V1Namespace>(document) is var space && space.Metadata.Name == Names.SessionNamespace:
                level = space.Metadata.Labels.TryGetValue("pod-security.kubernetes.io/enforce", out var enforced) ? enforced : null;
                break;
            case "ValidatingAdmissionPolicy":
                policies.Add(CustomReader.Model<V1ValidatingAdmissionPolicy>(document));
                break;
            case "ValidatingAdmissionPolicyBinding":
                bindings.Add(CustomReader.Model<V1ValidatingAdmissionPolicyBinding>(document));
                break;
        }
    }

    public bool Admits(Plan plan, Shape shape)
    {
        // JSON is YAML, and quicker to write.
        var pod = Workload.Of(ManifestReader.Parse(ManifestJson.Typed(shape.Pod).ToJsonString(), shape.What).Single())!;
        rules ??= [.. AdmissionRules.Of(AdmissionComponents.Settings(plan, "")).Where(Enforced)];
        return shape.Layer == PodLayer.PodSecurity
            ? level != "restricted" || RestrictedEvaluator.Refusals(pod).Count == 0
            : rules.All(rule => !rule.Breaks(pod, Names.SessionNamespace));
    }

    private bool Enforced(AdmissionRule rule) => bindings.Any(binding =>
        binding.Spec.PolicyName == rule.ObjectName
        && binding.Spec.ValidationActions.Contains("Deny")
        && binding.Spec.MatchResources.NamespaceSelector.MatchExpressions.All(term => term.OperatorProperty == "In" && term.Values.Contains(Names.SessionNamespace))
        && policies.Any(policy => policy.Metadata.Name == rule.ObjectName && policy.Spec.FailurePolicy == "Fail" && policy.Spec.Validations.Any(validation => validation.Expression == rule.Cel)));
}
