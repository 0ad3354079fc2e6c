using System.Text;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>Rego in two spellings: plain v0 for Gatekeeper, <c>future.keywords</c> for conftest (read by OPA before and after 1.0).</summary>
internal static class RegoText
{
    private const string Library =
        """
        space := object.get(reviewed.metadata, "namespace", "")

        pod_template := reviewed if {
          reviewed.kind == "Pod"
        }

        pod_template := reviewed.template if {
          reviewed.kind == "PodTemplate"
        }

        pod_template := reviewed.spec.jobTemplate.spec.template if {
          reviewed.kind == "CronJob"
        }

        pod_template := reviewed.spec.podTemplate if {
          startswith(reviewed.kind, "Sandbox")
        }

        pod_template := reviewed.spec.template if {
          templated[reviewed.kind]
        }

        templated := {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"}

        pod_spec := pod_template.spec

        limited contains c if {
          c := pod_spec.containers[_]
        }

        limited contains c if {
          c := pod_spec.initContainers[_]
        }

        containers contains c if {
          c := limited[_]
        }

        containers contains c if {
          c := pod_spec.ephemeralContainers[_]
        }

        """;

    /// <summary>One rule as a Gatekeeper template's module.</summary>
    public static string Gatekeeper(AdmissionRule rule) =>
        V0($"package {Package(rule)}\n\nreviewed := input.review.object\n\n{(rule.Parameter is { } list ? $"{list.Name} := input.parameters.{list.Name}\n\n" : "")}{Library}\n{Broken([rule])}violation[{{\"msg\": msg}}] {{\n  msg := broken[_]\n}}\n");

    /// <summary>All rules as one conftest module.</summary>
    public static string Conftest(IEnumerable<AdmissionRule> rules)
    {
        var all = rules.ToList();
        return $"package main\n\nimport future.keywords.contains\nimport future.keywords.if\n\nreviewed := input\n\n{string.Concat(all.Select(rule => rule.Parameter is { } list ? $"{list.Name} := {Quoted.Rego(list.Values)}\n\n" : ""))}{Library}\n{Broken(all)}deny contains msg if {{\n  msg := broken[_]\n}}\n";
    }

    public static string Package(AdmissionRule rule) => rule.Id.Replace("-", "_", StringComparison.Ordinal);

    private static string Broken(IEnumerable<AdmissionRule> rules)
    {
        var text = new StringBuilder();
        foreach (var rule in rules)
        {
            text.Append(rule.RegoFunctions).Append(rule.RegoFunctions.Length > 0 ? "\n" : "");
            foreach (var body in rule.Rego)
            {
                text.Append("broken contains msg if {\n  pod_spec\n");
                foreach (var line in body.Split('\n'))
                {
                    text.Append("  ").Append(line).Append('\n');
                }

                text.Append($"  msg := \"{rule.Id}: {rule.Message}\"\n}}\n\n");
            }
        }

        return text.ToString();
    }

    private static string V0(string text) =>
        text.Replace(" contains msg if {", "[msg] {", StringComparison.Ordinal).Replace(" contains c if {", "[c] {", StringComparison.Ordinal).Replace(" if {", " {", StringComparison.Ordinal);
}
