using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>The one table of admission rules.</summary>
internal static class AdmissionRules
{
    public static IReadOnlyList<AdmissionRule> Of(AdmissionSettings settings)
    {
        var set = settings.Checked();
        return [.. NodeRules.Of(), .. IdentityRules.Of(set), RuntimeClass(set), Registries(set), Limits()];
    }

    private static AdmissionRule RuntimeClass(AdmissionSettings set) => new(
        "runtime-class-required",
        "an agent's pod must name a sandboxed RuntimeClass",
        $"variables.space != '{set.SessionNamespace}' || (has(variables.spec.runtimeClassName) && variables.spec.runtimeClassName in {Quoted.Cel(set.RuntimeClasses)})",
        [$"space == \"{set.SessionNamespace}\"\nnot sandboxed(pod_spec)"],
        (pod, space) => space == set.SessionNamespace && !set.RuntimeClasses.Contains(pod.PodSpec["runtimeClassName"].Text))
    {
        RegoFunctions = "sandboxed(spec) if {\n  spec.runtimeClassName == runtime_classes[_]\n}\n",
        Parameter = ("runtime_classes", set.RuntimeClasses),
    };

    private static AdmissionRule Registries(AdmissionSettings set) => new(
        "allowed-registries",
        "images may come from the project's registries only",
        $"variables.containers.all(c, has(c.image) && {Quoted.Cel(set.Registries)}.exists(r, c.image.startsWith(r)))",
        ["c := containers[_]\nnot from_registry(c)"],
        (pod, _) => pod.Containers.Any(part => !set.Registries.Any(prefix => part.Node["image"].Text?.StartsWith(prefix, StringComparison.Ordinal) == true)))
    {
        RegoFunctions = "from_registry(c) if {\n  startswith(c.image, registries[_])\n}\n",
        Parameter = ("registries", set.Registries),
    };

    private static AdmissionRule Limits() => new(
        "limits-present",
        "every container needs a cpu and a memory limit",
        "variables.limited.all(c, has(c.resources) && has(c.resources.limits) && has(c.resources.limits.cpu) && has(c.resources.limits.memory))",
        ["c := limited[_]\nnot c.resources.limits.cpu", "c := limited[_]\nnot c.resources.limits.memory"],
        (pod, _) => pod.Containers.Any(part => part.Role != ContainerRole.Ephemeral && !(part.Node.At("resources", "limits", "cpu").Exists && part.Node.At("resources", "limits", "memory").Exists)));
}
