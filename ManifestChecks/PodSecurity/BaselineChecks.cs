using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.PodSecurity;

/// <summary>Checks of level baseline that restricted does not replace by a stricter one.</summary>
internal static class BaselineChecks
{
    private const string AppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";
    private static readonly string[] HostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];

    public static IEnumerable<PodSecurityCheck> All { get; } =
    [
        new("appArmorProfile", pod => First(
            Contexts(pod).Select(context => context.At("appArmorProfile", "type")).Where(type => type.Exists && type.Text is not ("RuntimeDefault" or "Localhost"))
                .Concat(pod.PodMetadata["annotations"].Members.Where(pair => pair.Key.StartsWith(AppArmorAnnotation, StringComparison.Ordinal) && !IsAllowedAnnotation(pair.Value.Text ?? "")).Select(pair => pair.Value)), "forbidden AppArmor profile")),
        new("hostNamespaces", pod => First(HostNamespaces.Select(key => pod.PodSpec[key]).Where(flag => flag is { Exists: true, Bool: not false }), "host namespaces")),
        new("hostPorts", pod => First(pod.Containers.SelectMany(part => part.Node["ports"].Items).Select(port => port["hostPort"]).Where(port => port.Exists && port.Number != 0), "hostPort")),
        new("privileged", pod => First(pod.Containers.Select(part => part.Node.At("securityContext", "privileged")).Where(flag => flag is { Exists: true, Bool: not false }), "privileged")),
        new("procMount", pod => First(pod.Containers.Select(part => part.Node.At("securityContext", "procMount")).Where(mount => mount.Exists && mount.Text != "Default"), "procMount")),
        new("seLinuxOptions", pod => First(Contexts(pod).Select(context => context["seLinuxOptions"]).SelectMany(ForbiddenSeLinux), "seLinuxOptions")),
        new("sysctls", pod => First(pod.PodSpec.At("securityContext", "sysctls").Items.Where(item => !RestrictedStandard.SafeSysctls.Contains(item["name"].Text)), "forbidden sysctl")),
        new("windowsHostProcess", pod => First(Contexts(pod).Select(context => context.At("windowsOptions", "hostProcess")).Where(flag => flag is { Exists: true, Bool: not false }), "hostProcess")),
    ];

    /// <summary>The pod's security context and those of all its containers.</summary>
    internal static IEnumerable<ManifestNode> Contexts(Workload pod) => pod.Containers.Select(part => part.Node["securityContext"]).Prepend(pod.PodSpec["securityContext"]);

    internal static (int, string)? First(IEnumerable<ManifestNode> wrong, string detail)
    {
        foreach (var node in wrong)
        {
            return (node.Line, detail);
        }

        return null;
    }

    private static bool IsAllowedAnnotation(string value) => value is "" or "runtime/default" || value.StartsWith("localhost/", StringComparison.Ordinal);

    private static IEnumerable<ManifestNode> ForbiddenSeLinux(ManifestNode options) =>
        new[] { options["user"], options["role"] }.Where(node => !string.IsNullOrEmpty(node.Text))
            .Concat(new[] { options["type"] }.Where(node => !RestrictedStandard.SeLinuxTypes.Contains(node.Text ?? "")));
}
