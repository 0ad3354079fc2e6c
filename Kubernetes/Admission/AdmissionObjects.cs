using System.Text.Json.Nodes;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>One file of admission objects: where it goes below <c>admission/</c>, and its documents.</summary>
public sealed record AdmissionFile(string Path, IReadOnlyList<JsonObject> Documents);

/// <summary>The rules as objects of a cluster.</summary>
public static class AdmissionObjects
{
    private static readonly string[] Actions = ["Deny", "Audit"];
    private static readonly string[] Changes = ["CREATE", "UPDATE"];

    /// <summary>ValidatingAdmissionPolicies with bindings; Gatekeeper templates; Gatekeeper constraints (applied after their templates).</summary>
    public static IReadOnlyList<AdmissionFile> Files(AdmissionSettings settings)
    {
        var rules = AdmissionRules.Of(settings);
        return
        [
            new("validating-admission-policies.yaml", [.. rules.SelectMany(rule => new[] { Policy(rule), Binding(rule, settings) })]),
            new("gatekeeper-templates.yaml", [.. rules.Select(Template)]),
            new("gatekeeper-constraints.yaml", [.. rules.Select(rule => Constraint(rule, settings))]),
        ];
    }

    /// <summary>The rules as one conftest module.</summary>
    public static string Conftest(AdmissionSettings settings) => RegoText.Conftest(AdmissionRules.Of(settings));

    private static JsonObject Policy(AdmissionRule rule) => Object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", Name(rule), new JsonObject
    {
        ["failurePolicy"] = "Fail",
        ["matchConstraints"] = new JsonObject
        {
            ["resourceRules"] = new JsonArray(
                Resources("", "v1", "pods", "pods/ephemeralcontainers", "podtemplates", "replicationcontrollers"),
                Resources("apps", "v1", "deployments", "statefulsets", "daemonsets", "replicasets"),
                Resources("batch", "v1", "jobs", "cronjobs"),
                Resources("agents.x-k8s.io", "*", "sandboxes"),
                Resources("extensions.agents.x-k8s.io", "*", "sandboxtemplates")),
        },
        ["variables"] = new JsonArray([.. CelText.Variables.Select(variable => new JsonObject { ["name"] = variable.Name, ["expression"] = variable.Expression })]),
        ["validations"] = new JsonArray(new JsonObject { ["expression"] = rule.Cel, ["message"] = $"{rule.Id}: {rule.Message}", ["reason"] = "Forbidden" }),
    });

    private static JsonObject Binding(AdmissionRule rule, AdmissionSettings settings) => Object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", Name(rule), new JsonObject
    {
        ["policyName"] = Name(rule),
        ["validationActions"] = Texts(Actions),
        ["matchResources"] = new JsonObject
        {
            ["namespaceSelector"] = new JsonObject
            {
                ["matchExpressions"] = new JsonArray(new JsonObject
                {
                    ["key"] = "kubernetes.io/metadata.name", ["operator"] = "In", ["values"] = Texts(settings.SystemNamespace, settings.SessionNamespace),
                }),
            },
        },
    });

    private static JsonObject Template(AdmissionRule rule) => Object("templates.gatekeeper.sh/v1", "ConstraintTemplate", Kind(rule).ToLowerInvariant(), new JsonObject
    {
        ["crd"] = new JsonObject { ["spec"] = new JsonObject { ["names"] = new JsonObject { ["kind"] = Kind(rule) } } },
        ["targets"] = new JsonArray(new JsonObject { ["target"] = "admission.k8s.gatekeeper.sh", ["rego"] = RegoText.Gatekeeper(rule) }),
    });

    private static JsonObject Constraint(AdmissionRule rule, AdmissionSettings settings) => Object("constraints.gatekeeper.sh/v1beta1", Kind(rule), Name(rule), new JsonObject
    {
        ["enforcementAction"] = "deny",
        ["match"] = new JsonObject
        {
            ["namespaces"] = Texts(settings.SystemNamespace, settings.SessionNamespace),
            ["kinds"] = new JsonArray(
                Kinds("", "Pod", "PodTemplate", "ReplicationController"), Kinds("apps", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), Kinds("batch", "Job", "CronJob"),
                Kinds("agents.x-k8s.io", "Sandbox"), Kinds("extensions.agents.x-k8s.io", "SandboxTemplate")),
        },
    });

    private static JsonObject Object(string version, string kind, string name, JsonObject spec) =>
        new() { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };

    private static JsonObject Resources(string group, string version, params string[] resources) =>
        new() { ["apiGroups"] = Texts(group), ["apiVersions"] = Texts(version), ["operations"] = Texts(Changes), ["resources"] = Texts(resources) };

    private static JsonObject Kinds(string group, params string[] kinds) => new() { ["apiGroups"] = Texts(group), ["kinds"] = Texts(kinds) };

    private static JsonArray Texts(params string[] texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static string Name(AdmissionRule rule) => $"secure-agent-{rule.Id}";

    private static string Kind(AdmissionRule rule) => "SecureAgent" + string.Concat(rule.Id.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
