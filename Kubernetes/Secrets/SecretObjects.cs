using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>What each way of delivery needs besides the broker's own workload.</summary>
internal static class SecretObjects
{
    /// <summary>Objects to apply. Nothing for the broker (it asks Vault), the Vault Agent (annotations) and a profile without secrets.</summary>
    public static IEnumerable<object> Of(Plan plan) => Credential.Of(plan) is not { Count: > 0 } credentials ? [] : plan.Options.Secrets switch
    {
        SecretsDelivery.ExternalSecrets => ExternalSecrets.Of(credentials),
        SecretsDelivery.Vso => VaultSecretsOperator.Of(credentials),
        SecretsDelivery.SealedSecrets => SealedSecrets.Of(credentials),
        _ => [],
    };

    /// <summary>Files that lie beside the manifests.</summary>
    public static IEnumerable<(string Path, string Text)> Loose(Plan plan) => Credential.Of(plan) is not { Count: > 0 } credentials ? [] : plan.Options.Secrets switch
    {
        SecretsDelivery.SealedSecrets => [("secrets/README.md", SealedSecrets.Readme(credentials))],
        SecretsDelivery.Sops => SopsFiles.Of(credentials),
        _ => [],
    };
}
