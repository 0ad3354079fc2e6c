using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.PodSecurity;

/// <summary>What level restricted adds.</summary>
internal static class RestrictedChecks
{
    public static IEnumerable<PodSecurityCheck> All { get; } =
    [
        new("allowPrivilegeEscalation", pod => IsWindows(pod) ? null : BaselineChecks.First(
            pod.Containers.Select(part => part.Node.At("securityContext", "allowPrivilegeEscalation")).Where(flag => flag.Bool != false), "allowPrivilegeEscalation != false")),
        new("capabilities_restricted", pod => IsWindows(pod) ? null : BaselineChecks.First(
            pod.Containers.Select(part => part.Node.At("securityContext", "capabilities")).Where(set => !set["drop"].Has("ALL") || set["add"].Items.Any(item => item.Text != "NET_BIND_SERVICE")), "unrestricted capabilities")),
        new("restrictedVolumes", pod => BaselineChecks.First(pod.PodSpec["volumes"].Items.Where(volume => !IsAllowed(volume)), "restricted volume types")),
        new("runAsNonRoot", RunAsNonRoot),
        new("runAsUser", pod => BaselineChecks.First(BaselineChecks.Contexts(pod).Select(context => context["runAsUser"]).Where(user => user.Exists && user.Number is null or 0), "runAsUser=0")),
        new("seccompProfile_restricted", Seccomp),
    ];

    private static bool IsWindows(Workload pod) => pod.PodSpec.At("os", "name").Text == "windows";

    /// <summary>A volume is of exactly one type; one of no type is an empty folder.</summary>
    private static bool IsAllowed(ManifestNode volume) => volume.Members.Where(pair => pair.Key != "name").All(pair => RestrictedStandard.VolumeTypes.Contains(pair.Key));

    private static (int, string)? RunAsNonRoot(Workload pod)
    {
        var own = pod.PodSpec.At("securityContext", "runAsNonRoot");
        return BaselineChecks.First(
            pod.Containers.Select(part => part.Node.At("securityContext", "runAsNonRoot")).Where(flag => flag.Exists ? flag.Bool != true : own.Bool != true)
                .Concat(own is { Exists: true, Bool: not true } ? [own] : []), "runAsNonRoot != true");
    }

    private static (int, string)? Seccomp(Workload pod)
    {
        if (IsWindows(pod))
        {
            return null;
        }

        var own = pod.PodSpec.At("securityContext", "seccompProfile", "type");
        return BaselineChecks.First(
            pod.Containers.Select(part => part.Node.At("securityContext", "seccompProfile", "type")).Where(type => !IsConfined(type.Exists ? type : own))
                .Concat(own.Exists && !IsConfined(own) ? [own] : []), "seccompProfile");
    }

    private static bool IsConfined(ManifestNode type) => type.Text is "RuntimeDefault" or "Localhost";
}
