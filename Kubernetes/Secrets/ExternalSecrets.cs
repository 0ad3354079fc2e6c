using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Policy.Document;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>External Secrets Operator, v1. A store for each mount, in the gates' namespace only: a cluster-wide one would serve every namespace.</summary>
internal static class ExternalSecrets
{
    private const string Api = "external-secrets.io/v1";

    public static IEnumerable<object> Of(IReadOnlyList<Credential> credentials)
    {
        var mounts = credentials.GroupBy(credential => credential.Source.Mount, StringComparer.Ordinal).OrderBy(mount => mount.Key, StringComparer.Ordinal).ToList();
        foreach (var mount in mounts)
        {
            yield return CustomObject.Of(Api, "SecretStore", Meta.System(Store(mount.Key), "gate"), new
            {
                Provider = new
                {
                    Vault = new
                    {
                        Server = Names.VaultAddress,
                        Path = mount.Key,
                        Version = "v2",
                        CaProvider = new { Type = "ConfigMap", Name = Names.VaultAuthorityConfigMap, Key = "ca.crt" },
                        Auth = new
                        {
                            Kubernetes = new
                            {
                                MountPath = "kubernetes",
                                Role = Names.VaultRole,
                                ServiceAccountRef = new { Name = ComponentNames.SecretBroker, Audiences = new[] { "vault" } },
                            },
                        },
                    },
                },
            });
        }

        foreach (var mount in mounts)
        {
            yield return CustomObject.Of(Api, "ExternalSecret", Meta.System(mounts.Count == 1 ? Credential.SecretName : $"{Credential.SecretName}-{Store(mount.Key)}", "gate"), new
            {
                RefreshInterval = "5m",
                SecretStoreRef = new { Kind = "SecretStore", Name = Store(mount.Key) },
                Target = new
                {
                    Name = Credential.SecretName,
                    CreationPolicy = mount == mounts[0] ? "Owner" : "Merge",
                    DeletionPolicy = mount == mounts[0] ? "Delete" : "Retain",
                },
                Data = mount.Select(credential => new
                {
                    SecretKey = credential.Name,
                    RemoteRef = new { Key = credential.Source.Path, Property = credential.Source.Field },
                }),
            });
        }
    }

    private static string Store(string mount) => $"vault-{KubernetesName.Of(mount)}";
}
