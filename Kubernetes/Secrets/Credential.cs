using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Policy.Document;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>One credential of the profile, as the store outside knows it.</summary>
internal sealed record Credential(string Name, SecretSource.Vault Source)
{
    /// <summary>All credentials come into one Secret of the gates' namespace, one key each; agents' namespace never has one.</summary>
    public const string SecretName = "broker-credentials";

    public const string MountPath = "/var/run/secrets/secureagent.dev/credentials";

    public static IReadOnlyList<Credential> Of(Plan plan) =>
        [.. plan.Profile.Secrets.Select(grant => new Credential(grant.Name, (SecretSource.Vault)grant.Source)).OrderBy(credential => credential.Name, StringComparer.Ordinal)];

    /// <summary>Where credentials come as files; null where the broker asks Vault itself.</summary>
    public static bool AreFiles(SecretsDelivery delivery) => delivery is not (SecretsDelivery.Broker or SecretsDelivery.VaultAgent);

    /// <summary>What the broker mounts: the credentials, or Vault's authority. It must exist: without it the pod does not start. Null for a profile without secrets that come as files.</summary>
    public static V1Volume? Store(Plan plan) => !AreFiles(plan.Options.Secrets) ? Volumes.Config("vault-authority", Names.VaultAuthorityConfigMap)
        : plan.Profile.Secrets.Count == 0 ? null
        : Files(plan, "credentials");

    private static V1Volume Files(Plan plan, string name) => plan.Options.Secrets == SecretsDelivery.Vso
        ? new V1Volume
        {
            Name = name,
            Projected = new V1ProjectedVolumeSource
            {
                DefaultMode = 288,
                Sources = [.. Of(plan).Select(credential => new V1VolumeProjection { Secret = new V1SecretProjection { Name = VaultSecretsOperator.SecretOf(credential) } })],
            },
        }
        : Volumes.Certificate(name, SecretName);
}
