using System.Text.Json.Nodes;
using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>One rule as a ValidatingAdmissionPolicy and its binding to our two namespaces: an error denies.</summary>
internal static class AdmissionPolicies
{
    private const string Api = "admissionregistration.k8s.io/v1";

    public static IEnumerable<JsonObject> Of(AdmissionRule rule, AdmissionSettings settings) =>
        [ManifestJson.Typed(Policy(rule)).AsObject(), ManifestJson.Typed(Binding(rule, settings)).AsObject()];

    private static V1ValidatingAdmissionPolicy Policy(AdmissionRule rule) => new()
    {
        ApiVersion = Api,
        Kind = "ValidatingAdmissionPolicy",
        Metadata = Meta.Cluster(rule.ObjectName, AdmissionObjects.Role),
        Spec = new V1ValidatingAdmissionPolicySpec
        {
            FailurePolicy = "Fail",
            MatchConstraints = new V1MatchResources
            {
                ResourceRules =
                [
                    Resources("", "v1", "pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"),
                    Resources("apps", "v1", "deployments", "statefulsets", "daemonsets", "replicasets"),
                    Resources("batch", "v1", "jobs", "cronjobs"),
                    Resources("agents.x-k8s.io", "*", "sandboxes"),
                    Resources("extensions.agents.x-k8s.io", "*", "sandboxtemplates"),
                ],
            },
            Variables = [.. CelText.Variables.Select(variable => new V1Variable { Name = variable.Name, Expression = variable.Expression })],
            Validations = [new V1Validation { Expression = rule.Cel, Message = $"{rule.Id}: {rule.Message}", Reason = "Forbidden" }],
        },
    };

    private static V1ValidatingAdmissionPolicyBinding Binding(AdmissionRule rule, AdmissionSettings settings) => new()
    {
        ApiVersion = Api,
        Kind = "ValidatingAdmissionPolicyBinding",
        Metadata = Meta.Cluster(rule.ObjectName, AdmissionObjects.Role),
        Spec = new V1ValidatingAdmissionPolicyBindingSpec
        {
            PolicyName = rule.ObjectName,
            ValidationActions = ["Deny", "Audit"],
            MatchResources = new V1MatchResources
            {
                NamespaceSelector = new V1LabelSelector
                {
                    MatchExpressions =
                    [
                        new V1LabelSelectorRequirement { Key = "kubernetes.io/metadata.name", OperatorProperty = "In", Values = [settings.SystemNamespace, settings.SessionNamespace] },
                    ],
                },
            },
        },
    };

    private static V1NamedRuleWithOperations Resources(string group, string version, params string[] resources) =>
        new() { ApiGroups = [group], ApiVersions = [version], Operations = ["CREATE", "UPDATE"], Resources = resources };
}
