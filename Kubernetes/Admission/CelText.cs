namespace SecureAgent.Kubernetes.Admission;

/// <summary>What the CEL rules start from, whatever makes the pods.</summary>
internal static class CelText
{
    /// <summary>Name and expression, each able to use those before it.</summary>
    public static IReadOnlyList<(string Name, string Expression)> Variables { get; } =
    [
        ("space", "has(object.metadata.namespace) ? object.metadata.namespace : ''"),
        ("template", "object.kind == 'Pod' ? object : object.kind == 'PodTemplate' ? object.template : object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template"
            + " : object.kind in ['Sandbox', 'SandboxTemplate'] ? object.spec.podTemplate : object.spec.template"),
        ("spec", "variables.template.spec"),
        ("labels", "has(variables.template.metadata) && has(variables.template.metadata.labels) ? variables.template.metadata.labels : {}"),
        ("limited", "(has(variables.spec.containers) ? variables.spec.containers : []) + (has(variables.spec.initContainers) ? variables.spec.initContainers : [])"),
        ("containers", "variables.limited + (has(variables.spec.ephemeralContainers) ? variables.spec.ephemeralContainers : [])"),
    ];
}
