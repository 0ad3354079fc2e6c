using System.Security.Cryptography;
using System.Text.Json;
using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Bootstrap;

/// <summary>Logs in as the broker will and tries: the document's addresses must be readable, everything else must be denied, and what was tried is there.</summary>
internal sealed class LeastPrivilegeProof(VaultTransport transport, VaultAdminCalls admin)
{
    private static readonly string[] Forbidden =
    [
        "sys/mounts", "sys/auth", "sys/audit", "sys/policies/acl", $"sys/policies/acl/{VaultBootstrapPlan.Name}",
        $"auth/approle/role/{VaultBootstrapPlan.Name}", $"auth/approle/role/{VaultBootstrapPlan.Name}/role-id", "sys/host-info", "sys/internal/counters/requests",
    ];

    public async Task RunAsync(VaultCredentials credentials, VaultBootstrapPlan plan, Action<string> done, CancellationToken cancellationToken)
    {
        using var token = await LoginAsync(credentials, cancellationToken);
        var limited = new VaultAdminCalls(transport, token);
        var readable = plan.Addresses.Select(address => PathOf(address.Mount, address.Path)).Prepend("auth/token/lookup-self").ToList();
        foreach (var path in readable)
        {
            if (await limited.TryReadAsync(path, cancellationToken) is { } error)
            {
                throw new VaultException(error, $"vault {path}: the broker's token cannot read what the policy document names");
            }
        }

        var denied = Forbidden.ToList();
        try
        {
            foreach (var mount in plan.Mounts.Where(mount => mount.IsKeyValue))
            {
                denied.Add(await ForeignSecretAsync(mount, cancellationToken));
            }

            foreach (var path in denied)
            {
                if (await limited.TryReadAsync(path, cancellationToken) is not VaultError.Denied)
                {
                    throw new VaultException(VaultError.Rejected, $"vault {path}: the broker's token can read it; it needs a policy that gives nothing but secure-agent vault policy");
                }
            }
        }
        finally
        {
            foreach (var mount in plan.Mounts.Where(mount => mount.IsKeyValue))
            {
                // As version 2 has it, and as version 1, which knows no metadata and took the path as it was written.
                await admin.DeleteAsync(PathOf(mount, probe), CancellationToken.None);
                await admin.DeleteAsync(VaultPath.Of(mount.Path, "metadata", probe), CancellationToken.None);
            }
        }

        done($"proved with the limited token: {readable.Count} paths can be read, {denied.Count} others are denied, secrets of the same mounts among them");
    }

    private readonly string probe = $"secure-agent-probe-{Identifiers.New("p", 16)}";

    /// <summary>A secret beside the document's: without it a denial could be an absence.</summary>
    private async Task<string> ForeignSecretAsync(VaultMount mount, CancellationToken cancellationToken)
    {
        var path = PathOf(mount, probe);
        await admin.PutAsync(path, new ProbeBody(new Dictionary<string, string> { ["value"] = "probe" }), VaultJson.Default.ProbeBody, cancellationToken);
        return path;
    }

    private async Task<SecretValue> LoginAsync(VaultCredentials credentials, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new AppRoleBody(credentials.RoleId, credentials.SecretId), VaultJson.Default.AppRoleBody);
        var call = new VaultCall(HttpMethod.Post, "auth/approle/login", IsRepeatable: false) { Body = bytes };
        try
        {
            using var body = await transport.SendAsync(call, null, cancellationToken);
            var auth = VaultTransport.Parse(body, call, VaultJson.Default.VaultEnvelopeSecretFields).Auth;
            return auth?.ClientToken ?? throw new VaultException(VaultError.LoginFailed, "vault login (AppRole): the answer holds no token");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string PathOf(VaultMount mount, string path) => VaultPath.Of(mount.Path, "data", path);
}
