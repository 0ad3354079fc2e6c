using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Bootstrap;

/// <summary>Calls under a token that is given for the purpose.</summary>
internal sealed class VaultAdminCalls(VaultTransport transport, SecretValue token)
{
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
        where T : class
    {
        var call = new VaultCall(HttpMethod.Get, path, IsRepeatable: true);
        using var body = await transport.SendAsync(call, token, cancellationToken);
        return VaultTransport.Parse(body, call, answer);
    }

    public async Task PutAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> type, CancellationToken cancellationToken)
    {
        using var _ = await SendAsync(HttpMethod.Put, path, body, type, cancellationToken);
    }

    public async Task<SecretFields> PostAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> type, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, path, body, type, cancellationToken);
        return VaultTransport.Parse(answer, new VaultCall(HttpMethod.Post, path, IsRepeatable: false), VaultJson.Default.VaultEnvelopeSecretFields).Data
            ?? throw new VaultException(VaultError.Malformed, $"vault {path}: the answer is empty");
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using var _ = await transport.SendAsync(new VaultCall(HttpMethod.Delete, path, IsRepeatable: true), token, cancellationToken);
    }

    /// <summary>Null when it may be read or there is nothing; else why not.</summary>
    public async Task<VaultError?> TryReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = await transport.SendAsync(new VaultCall(HttpMethod.Get, path, IsRepeatable: true), token, cancellationToken);
            return null;
        }
        catch (VaultException error) when (error.Error is VaultError.NotFound)
        {
            return null;
        }
        catch (VaultException error) when (error.Error is VaultError.Denied or VaultError.Rejected)
        {
            return error.Error;
        }
    }

    private async Task<PinnedBody> SendAsync<TBody>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> type, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        try
        {
            return await transport.SendAsync(new VaultCall(method, path, IsRepeatable: false) { Body = bytes }, token, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
