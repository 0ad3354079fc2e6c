using System.Globalization;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Secrets;

/// <summary>
/// Annotations for the Vault Agent injector on the broker's pod: the injected agent logs in and keeps a token file fresh; the broker draws
/// its leases with it. No credential is rendered into a file.
/// </summary>
internal static class VaultAgent
{
    /// <summary>Where the injected container comes from; admission lets it in with this way of delivery alone.</summary>
    public const string Registry = "docker.io/hashicorp/";

    private const string Image = $"{Registry}vault:1.20.4";

    public static IDictionary<string, string> Annotations() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["vault.hashicorp.com/agent-image"] = Image,
        ["vault.hashicorp.com/agent-inject"] = "true",
        ["vault.hashicorp.com/agent-inject-token"] = "true",
        ["vault.hashicorp.com/agent-run-as-group"] = Names.NonRoot.ToString(CultureInfo.InvariantCulture),
        ["vault.hashicorp.com/agent-run-as-user"] = Names.NonRoot.ToString(CultureInfo.InvariantCulture),
        ["vault.hashicorp.com/agent-service-account-token-volume-name"] = "tokens",
        ["vault.hashicorp.com/agent-set-security-context"] = "true",
        ["vault.hashicorp.com/auth-path"] = "auth/kubernetes",
        ["vault.hashicorp.com/role"] = Names.VaultRole,
    };
}
