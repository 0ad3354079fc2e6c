using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.Policy.Tests.Secrets;

public sealed class VaultPolicyTextTests
{
    [Fact]
    public void Document_WithVaultAddresses_NeedsThemAndTheTokensOwnLife()
    {
        var parsed = PolicyParser.Parse(
            """
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              a:
                secrets:
                  model: { vault: "secret/ai/x#token", deliver: { header: x-api-key, host: a.com } }
                  local: { embedded: local, deliver: { header: x-api-key, host: a.com } }
              b:
                secrets:
                  model: { vault: "secret/ai/x#other", deliver: { header: x-api-key, host: a.com } }
            """,
            "policy");

        Assert.Equal(
            """
            path "auth/token/lookup-self" { capabilities = ["read"] }
            path "auth/token/renew-self" { capabilities = ["update"] }
            path "sys/leases/renew" { capabilities = ["update"] }
            path "sys/leases/revoke" { capabilities = ["update"] }
            path "secret/ai/x" { capabilities = ["read"] }
            path "secret/data/ai/x" { capabilities = ["read"] }
            path "sys/internal/ui/mounts/secret" { capabilities = ["read"] }
            path "sys/leases/revoke-prefix/secret/ai/x" { capabilities = ["update", "sudo"] }

            """,
            VaultPolicyText.Write(parsed.Document!));
    }
}
