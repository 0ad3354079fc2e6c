using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecureAgent.SecretBroker.Vault.Auth;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>Calls under the broker's own token. A token that was lost is replaced once; a denial that is a policy's is not.</summary>
internal sealed class VaultClient(VaultTransport transport, VaultTokens tokens)
{
    public Task<T> GetAsync<T>(string path, bool isRepeatable, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
        where T : class => AskAsync(new VaultCall(HttpMethod.Get, path, isRepeatable), answer, cancellationToken);

    public async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answer, CancellationToken cancellationToken, TimeSpan? wrapFor = null)
        where TAnswer : class
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
        try
        {
            return await AskAsync(new VaultCall(HttpMethod.Post, path, IsRepeatable: false) { Body = bytes, WrapFor = wrapFor }, answer, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>A change whose answer does not matter and that may be asked twice.</summary>
    public async Task PutAsync<TBody>(string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancellationToken)
    {
        var call = new VaultCall(HttpMethod.Put, path, IsRepeatable: true) { Body = JsonSerializer.SerializeToUtf8Bytes(body, bodyType) };
        using var _ = await SendAsync(call, cancellationToken);
    }

    private async Task<T> AskAsync<T>(VaultCall call, JsonTypeInfo<T> answer, CancellationToken cancellationToken)
        where T : class
    {
        using var body = await SendAsync(call, cancellationToken);
        return VaultTransport.Parse(body, call, answer);
    }

    private async Task<PinnedBody> SendAsync(VaultCall call, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken);
        try
        {
            return await transport.SendAsync(call, token.Value, cancellationToken);
        }
        catch (VaultException error) when (error.Error is VaultError.Denied)
        {
            // Denied is not done: it may be asked again under another token.
            if (await tokens.ReplaceIfLostAsync(token, cancellationToken) is not { } fresh)
            {
                throw;
            }

            return await transport.SendAsync(call, fresh.Value, cancellationToken);
        }
    }
}
