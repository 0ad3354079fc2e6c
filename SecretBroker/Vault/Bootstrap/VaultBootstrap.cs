using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Bootstrap;

/// <summary>What the broker logs in with from now on.</summary>
internal sealed record VaultCredentials(SecretValue RoleId, SecretValue SecretId) : IDisposable
{
    public void Dispose()
    {
        RoleId.Dispose();
        SecretId.Dispose();
    }
}

/// <summary>
/// Sets a store up for a policy document with an operator's token: mounts, the exact policy, an AppRole role, an audit device; then proves with the
/// limited token that nothing else can be read. What is there already is left as it is; the policy and the role are written anew.
/// </summary>
internal sealed class VaultBootstrap(VaultTransport transport, TimeProvider time)
{
    private static readonly TimeSpan MountLimit = TimeSpan.FromSeconds(10);

    private const string Role = $"auth/approle/role/{VaultBootstrapPlan.Name}";
    private const string AuditDevice = "sys/audit/secure-agent";

    /// <param name="auditFile">Where the store writes its audit log, a path on its machine; empty for none.</param>
    /// <param name="mayKeepData">Whether a store that keeps its data may be changed: a development server keeps none.</param>
    /// <param name="done">Told each step.</param>
    /// <remarks>Throws <see cref="VaultException"/>. When the proof fails the role is deleted again: nobody can log in.</remarks>
    public async Task<VaultCredentials> RunAsync(
        SecretValue operatorToken, VaultBootstrapPlan plan, string auditFile, bool mayKeepData, Action<string> done, CancellationToken cancellationToken)
    {
        var admin = new VaultAdminCalls(transport, operatorToken);
        await RequireDevelopmentAsync(admin, mayKeepData, cancellationToken);
        await MountAsync(admin, plan, done, cancellationToken);
        await admin.PutAsync($"sys/policies/acl/{VaultBootstrapPlan.Name}", new AclBody(plan.PolicyText), VaultJson.Default.AclBody, cancellationToken);
        done($"policy {VaultBootstrapPlan.Name} written");
        await AllowRoleAsync(admin, done, cancellationToken);
        await AuditAsync(admin, auditFile, done, cancellationToken);
        try
        {
            using var role = (await admin.GetAsync($"{Role}/role-id", VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken)).Data;
            using var secret = await admin.PostAsync($"{Role}/secret-id", new EmptyBody(), VaultJson.Default.EmptyBody, cancellationToken);
            var credentials = new VaultCredentials(
                role?.Take("role_id") ?? throw Malformed("role-id"), secret.Take("secret_id") ?? throw Malformed("secret-id"));
            await ProveAsync(credentials, admin, plan, done, cancellationToken);
            return credentials;
        }
        catch
        {
            // Whatever stopped it, the caller who left included: what was not proved is no way in.
            await admin.DeleteAsync(Role, CancellationToken.None);
            throw;
        }
    }

    private async Task ProveAsync(VaultCredentials credentials, VaultAdminCalls admin, VaultBootstrapPlan plan, Action<string> done, CancellationToken cancellationToken)
    {
        try
        {
            await new LeastPrivilegeProof(transport, admin).RunAsync(credentials, plan, done, cancellationToken);
        }
        catch
        {
            credentials.Dispose();
            throw;
        }
    }

    private static async Task RequireDevelopmentAsync(VaultAdminCalls admin, bool mayKeepData, CancellationToken cancellationToken)
    {
        var status = await admin.GetAsync("sys/seal-status", VaultJson.Default.SealFacts, cancellationToken);
        if (status.StorageType != "inmem" && !mayKeepData)
        {
            throw new VaultException(
                VaultError.Rejected, $"this is no development server (its storage is '{status.StorageType ?? "unknown"}'); to set it up nevertheless, add --keep-data");
        }
    }

    private async Task MountAsync(VaultAdminCalls admin, VaultBootstrapPlan plan, Action<string> done, CancellationToken cancellationToken)
    {
        var there = (await admin.GetAsync("sys/mounts", VaultJson.Default.VaultEnvelopeDictionaryStringMountFacts, cancellationToken)).Data ?? [];
        foreach (var mount in plan.Mounts)
        {
            if (there.ContainsKey($"{mount.Path}/"))
            {
                done($"mount {mount.Path} is there ({there[$"{mount.Path}/"].Type})");
                continue;
            }

            var options = mount.Version is null ? null : new Dictionary<string, string?> { ["version"] = mount.Version };
            await admin.PutAsync(VaultPath.Of("sys/mounts", mount.Path), new MountFacts(mount.Type, options), VaultJson.Default.MountFacts, cancellationToken);
            if (mount.IsKeyValue)
            {
                await ReadyAsync(admin, mount, cancellationToken);
            }

            done($"mount {mount.Path} made ({mount.Type}{(mount.IsKeyValue ? "" : "; configure it")})");
        }
    }

    /// <summary>A store that versions secrets prepares a new mount in the background and rejects every request until it has.</summary>
    private async Task ReadyAsync(VaultAdminCalls admin, VaultMount mount, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(MountLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (await admin.TryReadAsync(VaultPath.Of(mount.Path, "config"), both.Token) is not null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, both.Token);
        }
    }

    private static async Task AllowRoleAsync(VaultAdminCalls admin, Action<string> done, CancellationToken cancellationToken)
    {
        var methods = (await admin.GetAsync("sys/auth", VaultJson.Default.VaultEnvelopeDictionaryStringMountFacts, cancellationToken)).Data ?? [];
        if (!methods.ContainsKey("approle/"))
        {
            await admin.PutAsync("sys/auth/approle", new MountFacts("approle", null), VaultJson.Default.MountFacts, cancellationToken);
        }

        await admin.PutAsync(Role, new RoleBody([VaultBootstrapPlan.Name], TokenNoDefaultPolicy: true, "1h", "24h"), VaultJson.Default.RoleBody, cancellationToken);
        done($"AppRole role {VaultBootstrapPlan.Name} written");
    }

    /// <summary>A store may not let this be done over its API (OpenBao does not): then it is said, and left to its configuration.</summary>
    private static async Task AuditAsync(VaultAdminCalls admin, string file, Action<string> done, CancellationToken cancellationToken)
    {
        if (file.Length == 0)
        {
            done("no audit device asked for");
            return;
        }

        var devices = (await admin.GetAsync("sys/audit", VaultJson.Default.VaultEnvelopeDictionaryStringMountFacts, cancellationToken)).Data ?? [];
        if (devices.Count > 0)
        {
            done("an audit device is there");
            return;
        }

        try
        {
            await admin.PutAsync(AuditDevice, new MountFacts("file", new Dictionary<string, string?> { ["file_path"] = file }), VaultJson.Default.MountFacts, cancellationToken);
            done($"audit device writes to {file}");
        }
        catch (VaultException error) when (error.Error is VaultError.Rejected or VaultError.Denied or VaultError.NotFound)
        {
            done("the store did not take the audit device over its API; add one to its configuration");
        }
    }

    private static VaultException Malformed(string what) => new(VaultError.Malformed, $"vault {Role}/{what}: the answer holds none");
}
