using System.Text.Json;
using SecureAgent.SecretBroker.Vault.Json;

namespace SecureAgent.SecretBroker.Vault.Auth;

/// <summary>The broker's current token: made on first use, renewed from the durations the store returns, replaced when lost.</summary>
internal sealed class VaultTokens(VaultTransport transport, VaultLogins logins, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private VaultToken? current;

    /// <summary>When the token should be renewed or replaced; two thirds into its life. Never for one that does not expire.</summary>
    public DateTimeOffset RenewAt => current is not { Lifetime.Ticks: > 0 } token ? DateTimeOffset.MaxValue : token.ExpiresAt - (token.Lifetime / 3);

    public async Task<VaultToken> GetAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (current is { } token && now < token.ExpiresAt)
            {
                return now < RenewAt || await RenewAsync(token, cancellationToken) is not { } renewed ? token : renewed;
            }

            return await LoginAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>A new token when the store no longer knows this one; null when it does, and the denial was a policy's.</summary>
    public async Task<VaultToken?> ReplaceIfLostAsync(VaultToken denied, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(denied, current))
            {
                return current;
            }

            return await IsKnownAsync(denied, cancellationToken) ? null : await LoginAsync(cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        current?.Dispose();
        gate.Dispose();
    }

    /// <summary>Former tokens are left to the collector zeroed by none: a call may still be writing one into its header.</summary>
    private async Task<VaultToken> LoginAsync(CancellationToken cancellationToken) => current = await logins.LoginAsync(cancellationToken);

    private async Task<bool> IsKnownAsync(VaultToken token, CancellationToken cancellationToken)
    {
        try
        {
            using var _ = await transport.SendAsync(new VaultCall(HttpMethod.Get, "auth/token/lookup-self", IsRepeatable: true), token.Value, cancellationToken);
            return true;
        }
        catch (VaultException error) when (error.Error is VaultError.Denied or VaultError.Rejected)
        {
            return false;
        }
    }

    /// <summary>Null when the store does not renew it: the token serves until its end, then a login follows.</summary>
    private async Task<VaultToken?> RenewAsync(VaultToken token, CancellationToken cancellationToken)
    {
        if (!token.IsRenewable)
        {
            return null;
        }

        var call = new VaultCall(HttpMethod.Post, "auth/token/renew-self", IsRepeatable: false)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(new EmptyBody(), VaultJson.Default.EmptyBody),
        };
        try
        {
            using var body = await transport.SendAsync(call, token.Value, cancellationToken);
            var auth = VaultTransport.Parse(body, call, VaultJson.Default.VaultEnvelopeSecretFields).Auth;
            auth?.ClientToken?.Dispose();
            var seconds = auth?.LeaseDuration ?? 0;

            // Past its maximum a renewal succeeds with less and less: then a login gives a whole new life.
            return auth is null || seconds * 2 < token.Lifetime.TotalSeconds
                ? await LoginAsync(cancellationToken)
                : current = token with { Lifetime = TimeSpan.FromSeconds(seconds), ExpiresAt = time.GetUtcNow().AddSeconds(seconds), IsRenewable = auth.Renewable };
        }
        catch (VaultException error) when (error.Error is VaultError.Denied or VaultError.Rejected)
        {
            return await LoginAsync(cancellationToken);
        }
        catch (VaultException)
        {
            // The store is away for now; the token is still good.
            return null;
        }
    }
}
