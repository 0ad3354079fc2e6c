using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>Engines that make a credential for each request: database users and certificates.</summary>
internal sealed class DynamicEngine(VaultClient vault)
{
    /// <summary>A new user. Never repeated: every answer that got lost is a user that lives.</summary>
    public async Task<VaultSecret> DatabaseUserAsync(string mount, string path, CancellationToken cancellationToken) => Of(
        await vault.GetAsync(VaultPath.Of(mount, path), isRepeatable: false, VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken), path);

    public async Task<VaultSecret> CertificateAsync(string mount, string role, string commonName, TimeSpan ttl, CancellationToken cancellationToken) => Of(
        await vault.PostAsync(
            VaultPath.Of(mount, "issue", role), new CertificateBody(commonName, $"{(long)ttl.TotalSeconds}s"),
            VaultJson.Default.CertificateBody, VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken),
        role);

    private static VaultSecret Of(VaultEnvelope<SecretFields> answer, string path) => answer.Data is { } fields
        ? new VaultSecret(fields, 0, answer.LeaseId is { Length: > 0 } id ? id : null, TimeSpan.FromSeconds(answer.LeaseDuration), answer.Renewable)
        : throw new VaultException(VaultError.Malformed, $"vault {path}: the answer holds no credential");
}
