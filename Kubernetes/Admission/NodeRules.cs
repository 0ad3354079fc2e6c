using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>Nothing of the node, no privilege beyond the pod's.</summary>
internal static class NodeRules
{
    private static readonly string[] HostFlags = ["hostNetwork", "hostPID", "hostIPC"];

    public static IEnumerable<AdmissionRule> Of() =>
    [
        new("no-host-path", "no folder of the node may be mounted",
            "!has(variables.spec.volumes) || variables.spec.volumes.all(v, !has(v.hostPath))",
            ["pod_spec.volumes[_].hostPath"],
            (pod, _) => pod.PodSpec["volumes"].Items.Any(volume => volume["hostPath"].Exists)),
        new("no-host-namespaces", "no namespace of the node may be shared",
            string.Join(" && ", HostFlags.Select(flag => $"!(has(variables.spec.{flag}) && variables.spec.{flag})")),
            [.. HostFlags.Select(flag => $"pod_spec.{flag} == true")],
            (pod, _) => HostFlags.Any(flag => pod.PodSpec[flag].Bool == true)),
        new("no-privileged", "no container may be privileged",
            "variables.containers.all(c, !(has(c.securityContext) && has(c.securityContext.privileged) && c.securityContext.privileged))",
            ["containers[_].securityContext.privileged == true"],
            (pod, _) => pod.Containers.Any(part => part.Node.At("securityContext", "privileged").Bool == true)),
        new("no-capabilities", "every container must drop all capabilities and add none",
            "variables.containers.all(c, has(c.securityContext) && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && 'ALL' in c.securityContext.capabilities.drop"
            + " && (!has(c.securityContext.capabilities.add) || size(c.securityContext.capabilities.add) == 0))",
            ["c := containers[_]\nnot drops_all(c)", "containers[_].securityContext.capabilities.add[_]"],
            (pod, _) => pod.Containers.Any(part => part.Node.At("securityContext", "capabilities") is var set && (!set["drop"].Has("ALL") || set["add"].Items.Any())))
        {
            RegoFunctions = "drops_all(c) if {\n  c.securityContext.capabilities.drop[_] == \"ALL\"\n}\n",
        },
        new("no-ephemeral-containers", "no debug container may join a pod",
            "!has(variables.spec.ephemeralContainers) || size(variables.spec.ephemeralContainers) == 0",
            ["pod_spec.ephemeralContainers[_]"],
            (pod, _) => pod.PodSpec["ephemeralContainers"].Items.Any()),
    ];
}
