using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>Hand-over by a token that can be used once.</summary>
internal static class Wrapping
{
    /// <summary>Used, expired and invalid tokens all are <see cref="VaultError.Rejected"/>.</summary>
    public static async Task<SecretFields> UnwrapAsync(VaultTransport transport, SecretValue token, CancellationToken cancellationToken)
    {
        var call = new VaultCall(HttpMethod.Post, "sys/wrapping/unwrap", IsRepeatable: false);
        using var body = await transport.SendAsync(call, token, cancellationToken);
        return VaultTransport.Parse(body, call, VaultJson.Default.VaultEnvelopeSecretFields).Data
            ?? throw new VaultException(VaultError.Malformed, "vault sys/wrapping/unwrap: the answer holds nothing");
    }
}
