using System.Buffers.Text;
using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Engines;

/// <summary>Signs and decrypts with keys that never leave the store.</summary>
internal sealed class TransitEngine(VaultClient vault)
{
    /// <summary>The signature in the store's own notation, <c>vault:v1:…</c>.</summary>
    public async Task<SecretValue> SignAsync(string mount, string key, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var encoded = SecretValue.Create(Base64.GetMaxEncodedToUtf8Length(input.Length), input, static (target, source) => Base64.EncodeToUtf8(source.Span, target, out _, out _));
        return await AskAsync(VaultPath.Of(mount, "sign", key), new TransitBody(encoded, null), "signature", cancellationToken);
    }

    public async Task<SecretValue> DecryptAsync(string mount, string key, string ciphertext, CancellationToken cancellationToken)
    {
        using var encoded = await AskAsync(VaultPath.Of(mount, "decrypt", key), new TransitBody(null, ciphertext), "plaintext", cancellationToken);
        var length = Base64.IsValid(encoded.Bytes, out var decoded) ? decoded : throw new VaultException(VaultError.Malformed, $"vault {mount}/decrypt: the answer is not base64");
        return SecretValue.Create(length, encoded, static (target, source) => Base64.DecodeFromUtf8(source.Bytes, target, out _, out _));
    }

    private async Task<SecretValue> AskAsync(string path, TransitBody body, string field, CancellationToken cancellationToken)
    {
        var answer = await vault.PostAsync(path, body, VaultJson.Default.TransitBody, VaultJson.Default.VaultEnvelopeSecretFields, cancellationToken);
        using var fields = answer.Data;
        return fields?.Take(field) ?? throw new VaultException(VaultError.Malformed, $"vault {path}: the answer holds no {field}");
    }
}
