using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>What a container may do to itself and the kernel.</summary>
internal static class PrivilegeRules
{
    private const string Restricted = "Pod Security Standards, restricted.";

    public static IEnumerable<Rule> All { get; } =
    [
        new("no-privileged", Severity.Error, "A container is privileged.", "It is root on the node. Pod Security Standards, baseline.", "Remove privileged.")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "privileged") is { Exists: true, Bool: not false } flag ? (flag.Line, "is privileged") : null),
        },
        new("no-privilege-escalation", Severity.Error, "A container may gain privileges.", $"Set-uid programs work unless this is off. {Restricted}", "Set securityContext.allowPrivilegeEscalation: false.")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "allowPrivilegeEscalation") is var flag && flag.Bool != false ? (flag.Line, "does not set allowPrivilegeEscalation: false") : null),
        },
        new("drop-all-capabilities", Severity.Error, "A container keeps default capabilities.", $"Defaults include raw sockets and ownership changes. {Restricted}", "Set securityContext.capabilities.drop: [\"ALL\"].")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "capabilities", "drop") is var drop && !drop.Has("ALL") ? (drop.Line, "does not drop ALL") : null),
        },
        new("no-added-capability", Severity.Error, "A container adds capabilities.", "Nothing here needs one; NET_ADMIN or SYS_PTRACE undo the isolation.", "Remove securityContext.capabilities.add.")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "capabilities", "add") is { Exists: true } add && add.Items.Any()
                ? (add.Line, $"adds {string.Join(", ", add.Items.Select(item => item.Text))}") : null),
        },
        new("run-as-non-root", Severity.Error, "A container may start as root.", $"An image decides its user unless the pod forbids root. {Restricted}", "Set securityContext.runAsNonRoot: true on the pod.")
        {
            Find = Find.Containers(part => Effective(part, "runAsNonRoot") is var flag && flag.Bool != true ? (flag.Line, "does not set runAsNonRoot: true") : null),
        },
        new("no-root-user", Severity.Error, "A container runs as uid or gid 0.", $"Root inside is one bug from root outside. {Restricted}", "Set runAsUser and runAsGroup above 0.")
        {
            Find = Find.Containers(part => (RootId(part, "runAsUser") ?? RootId(part, "runAsGroup")) is { } id ? (id.Line, "runs as id 0") : null),
        },
        new("seccomp-profile", Severity.Error, "A container runs without a system call filter.", $"Unconfined is the default. {Restricted}", "Set securityContext.seccompProfile.type: RuntimeDefault on the pod.")
        {
            Find = Find.Containers(part => Effective(part, "seccompProfile")["type"] is var type && type.Text is not ("RuntimeDefault" or "Localhost") ? (type.Line, "has no seccompProfile") : null),
        },
        new("read-only-root", Severity.Warning, "A container can write to its image.", "A written image hides what was dropped there.", "Set securityContext.readOnlyRootFilesystem: true and mount emptyDir where writing is needed.")
        {
            Find = Find.Containers(part => part.Node.At("securityContext", "readOnlyRootFilesystem") is var flag && flag.Bool != true ? (flag.Line, "does not set readOnlyRootFilesystem: true") : null),
        },
        new("no-apparmor-off", Severity.Error, "A container turns AppArmor off.", "Pod Security Standards, baseline.", "Remove appArmorProfile, or use RuntimeDefault.")
        {
            Find = Find.Containers(part => Effective(part, "appArmorProfile")["type"] is { Exists: true } type && type.Text is not ("RuntimeDefault" or "Localhost") ? (type.Line, $"has AppArmor profile {type.Text}") : null),
        },
        new("no-windows-host-process", Severity.Error, "A container is a Windows host process.", "It runs on the node itself. Pod Security Standards, baseline.", "Remove windowsOptions.hostProcess.")
        {
            Find = Find.Containers(part => Effective(part, "windowsOptions")["hostProcess"] is { Exists: true, Bool: not false } flag ? (flag.Line, "is a host process") : null),
        },
    ];

    /// <summary>The container's own value, else the pod's.</summary>
    private static ManifestNode Effective(ContainerPart part, string key) =>
        part.Node.At("securityContext", key) is { Exists: true } own ? own
        : part.Workload.PodSpec.At("securityContext", key) is { Exists: true } pod ? pod : part.Node["securityContext"];

    private static ManifestNode? RootId(ContainerPart part, string key) => Effective(part, key) is { Exists: true, Number: 0 } id ? id : null;
}
