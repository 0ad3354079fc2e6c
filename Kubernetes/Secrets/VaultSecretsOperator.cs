using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>Vault Secrets Operator: one static secret for each path; the transformation keeps only the fields the policy names, under the policy's names.</summary>
internal static class VaultSecretsOperator
{
    private const string Api = "secrets.hashicorp.com/v1beta1";

    public static IEnumerable<object> Of(IReadOnlyList<Credential> credentials) =>
    [
        CustomObject.Of(Api, "VaultConnection", Meta.System("vault", "gate"), new { Address = Names.VaultAddress, SkipTLSVerify = false, CaCertSecretRef = Names.VaultAuthorityConfigMap }),
        CustomObject.Of(Api, "VaultAuth", Meta.System("vault", "gate"), new
        {
            VaultConnectionRef = "vault",
            Method = "kubernetes",
            Mount = "kubernetes",
            AllowedNamespaces = new[] { Names.SystemNamespace },
            Kubernetes = new { Role = Names.VaultRole, ServiceAccount = ComponentNames.SecretBroker, Audiences = new[] { "vault" }, TokenExpirationSeconds = 600 },
        }),
        .. credentials.Select(credential => CustomObject.Of(Api, "VaultStaticSecret", Meta.System($"credential-{KubernetesName.Of(credential.Name)}", "gate"), new
        {
            VaultAuthRef = "vault",
            Mount = credential.Source.Mount,
            Path = credential.Source.Path,
            Type = "kv-v2",
            RefreshAfter = "5m",
            Destination = new
            {
                Name = SecretOf(credential),
                Create = true,
                Overwrite = false,
                Transformation = new
                {
                    ExcludeRaw = true,
                    Excludes = new[] { ".*" },
                    Templates = new Dictionary<string, object> { [credential.Name] = new { Text = $$$"""{{- get .Secrets "{{{credential.Source.Field}}}" -}}""" } },
                },
            },
        })),
    ];

    /// <summary>The operator owns a Secret for each path, so that each credential has its own.</summary>
    public static string SecretOf(Credential credential) => $"{Credential.SecretName}-{KubernetesName.Of(credential.Name)}";
}
