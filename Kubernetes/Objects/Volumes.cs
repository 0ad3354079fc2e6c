using k8s.Models;

namespace SecureAgent.Kubernetes.Objects;

/// <summary>Volumes of the kinds <i>restricted</i> admits.</summary>
internal static class Volumes
{
    public static V1Volume Scratch(string name, string size) =>
        new() { Name = name, EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity(size) } };

    public static V1Volume Claim(string name, string claim, bool readOnly) =>
        new() { Name = name, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = claim, ReadOnlyProperty = readOnly } };

    public static V1Volume Config(string name, string map) =>
        new() { Name = name, ConfigMap = new V1ConfigMapVolumeSource { Name = map, DefaultMode = 292 } };

    public static V1Volume Certificate(string name, string secret) =>
        new() { Name = name, Secret = new V1SecretVolumeSource { SecretName = secret, DefaultMode = 288 } };

    /// <summary>Only the certificate of the authority, never the key beside it.</summary>
    public static V1Volume Authority(string name, string secret) => new()
    {
        Name = name,
        Secret = new V1SecretVolumeSource { SecretName = secret, DefaultMode = 292, Items = [new V1KeyToPath { Key = "ca.crt", Path = "ca.crt" }] },
    };

    /// <summary>Tokens of ten minutes, one for each audience, renewed by the kubelet.</summary>
    public static V1Volume Tokens(string name, params string[] audiences) => new()
    {
        Name = name,
        Projected = new V1ProjectedVolumeSource
        {
            DefaultMode = 288,
            Sources =
            [
                .. audiences.Select(audience => new V1VolumeProjection
                {
                    ServiceAccountToken = new V1ServiceAccountTokenProjection { Audience = audience, ExpirationSeconds = 600, Path = audience },
                }),
            ],
        },
    };

    public static V1VolumeMount Mount(string name, string path, bool readOnly = true) => new() { Name = name, MountPath = path, ReadOnlyProperty = readOnly };
}
