using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>One file of admission objects: where it goes below <c>admission/</c>, and its documents.</summary>
public sealed record AdmissionFile(string Path, IReadOnlyList<JsonObject> Documents);

/// <summary>The rules as objects of a cluster, one file a rule.</summary>
public static class AdmissionObjects
{
    internal const string Role = "admission";
    internal const string Policies = "policies";
    internal const string Templates = "gatekeeper/templates";
    internal const string Constraints = "gatekeeper/constraints";

    /// <summary>ValidatingAdmissionPolicies with bindings; Gatekeeper templates; Gatekeeper constraints (applied after their templates).</summary>
    public static IReadOnlyList<AdmissionFile> Files(AdmissionSettings settings)
    {
        var rules = AdmissionRules.Of(settings);
        return
        [
            .. rules.Select(rule => new AdmissionFile($"{Policies}/{rule.Id}.yaml", [.. AdmissionPolicies.Of(rule, settings)])),
            .. rules.Select(rule => new AdmissionFile($"{Templates}/{rule.Id}.yaml", [Template(rule)])),
            .. rules.Select(rule => new AdmissionFile($"{Constraints}/{rule.Id}.yaml", [Constraint(rule, settings)])),
        ];
    }

    /// <summary>The rules as one conftest module.</summary>
    public static string Conftest(AdmissionSettings settings) => RegoText.Conftest(AdmissionRules.Of(settings));

    private static JsonObject Template(AdmissionRule rule) => Object("templates.gatekeeper.sh/v1", "ConstraintTemplate", Kind(rule).ToLowerInvariant(), new JsonObject
    {
        ["crd"] = new JsonObject { ["spec"] = Crd(rule) },
        ["targets"] = new JsonArray(new JsonObject { ["target"] = "admission.k8s.gatekeeper.sh", ["rego"] = RegoText.Gatekeeper(rule) }),
    });

    private static JsonObject Constraint(AdmissionRule rule, AdmissionSettings settings)
    {
        var spec = new JsonObject
        {
            ["enforcementAction"] = "deny",
            ["match"] = new JsonObject
            {
                ["namespaces"] = Texts(settings.SystemNamespace, settings.SessionNamespace),
                ["kinds"] = new JsonArray(
                    Kinds("", "Pod", "PodTemplate", "ReplicationController"), Kinds("apps", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), Kinds("batch", "Job", "CronJob"),
                    Kinds("agents.x-k8s.io", "Sandbox"), Kinds("extensions.agents.x-k8s.io", "SandboxTemplate")),
            },
        };
        if (rule.Parameter is { } list)
        {
            spec["parameters"] = new JsonObject { [list.Name] = Texts([.. list.Values]) };
        }

        return Object("constraints.gatekeeper.sh/v1beta1", Kind(rule), rule.ObjectName, spec);
    }

    private static JsonObject Crd(AdmissionRule rule)
    {
        var crd = new JsonObject { ["names"] = new JsonObject { ["kind"] = Kind(rule) } };
        if (rule.Parameter is { } list)
        {
            crd["validation"] = new JsonObject
            {
                ["openAPIV3Schema"] = new JsonObject
                {
                    ["type"] = "object",
                    ["required"] = Texts(list.Name),
                    ["properties"] = new JsonObject { [list.Name] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } } },
                },
            };
        }

        return crd;
    }

    private static JsonObject Object(string version, string kind, string name, JsonObject spec) =>
        new() { ["apiVersion"] = version, ["kind"] = kind, ["metadata"] = ManifestJson.Typed(Meta.Cluster(name, Role)), ["spec"] = spec };

    private static JsonObject Kinds(string group, params string[] kinds) => new() { ["apiGroups"] = Texts(group), ["kinds"] = Texts(kinds) };

    private static JsonArray Texts(params string[] texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static string Kind(AdmissionRule rule) => "SecureAgent" + string.Concat(rule.Id.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
