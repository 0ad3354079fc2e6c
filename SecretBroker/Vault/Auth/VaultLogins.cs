using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecureAgent.SecretBroker.Vault.Engines;
using SecureAgent.SecretBroker.Vault.Json;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault.Auth;

/// <summary>The ways to a token: a file that holds one, AppRole, a projected service-account token, a JWT.</summary>
internal sealed class VaultLogins(VaultTransport transport, VaultOptions options, TimeProvider time)
{
    /// <summary>Throws <see cref="VaultException"/>: what a login meets on the way, or <see cref="VaultError.LoginFailed"/>.</summary>
    public Task<VaultToken> LoginAsync(CancellationToken cancellationToken) => options.Login switch
    {
        VaultLogin.AppRole => AppRoleAsync(cancellationToken),
        VaultLogin.Kubernetes => JwtAsync("kubernetes", cancellationToken),
        VaultLogin.Jwt => JwtAsync("jwt", cancellationToken),
        _ => TokenFileAsync(cancellationToken),
    };

    private async Task<VaultToken> TokenFileAsync(CancellationToken cancellationToken)
    {
        var token = CredentialFile.Read(options.TokenFile);
        try
        {
            var call = new VaultCall(HttpMethod.Get, "auth/token/lookup-self", IsRepeatable: true);
            using var body = await transport.SendAsync(call, token, cancellationToken);
            var facts = VaultTransport.Parse(body, call, VaultJson.Default.VaultEnvelopeTokenFacts).Data
                ?? throw Failed("the token's facts are missing");
            RefuseRoot(facts.Policies);
            return New(token, facts.Ttl, facts.Renewable);
        }
        catch (Exception error)
        {
            token.Dispose();
            throw error is VaultException { Error: VaultError.Denied or VaultError.Rejected or VaultError.NotFound } ? Failed("the token in the file is not valid", error) : error;
        }
    }

    private async Task<VaultToken> AppRoleAsync(CancellationToken cancellationToken)
    {
        using var role = CredentialFile.Read(options.RoleIdFile);
        using var given = CredentialFile.Read(options.SecretIdFile);
        using var unwrapped = options.SecretIdWrapped ? await UnwrapSecretIdAsync(given, cancellationToken) : null;
        return await PostAsync("approle", new AppRoleBody(role, unwrapped ?? given), VaultJson.Default.AppRoleBody, cancellationToken);
    }

    private async Task<VaultToken> JwtAsync(string mount, CancellationToken cancellationToken)
    {
        using var jwt = CredentialFile.Read(options.TokenFile);
        return await PostAsync(mount, new JwtBody(options.Role, jwt), VaultJson.Default.JwtBody, cancellationToken);
    }

    private async Task<SecretValue> UnwrapSecretIdAsync(SecretValue wrapping, CancellationToken cancellationToken)
    {
        try
        {
            using var fields = await Wrapping.UnwrapAsync(transport, wrapping, cancellationToken);
            return fields.Take("secret_id") ?? throw Failed("the wrapped answer is no secret-id");
        }
        catch (VaultException error) when (error.Error is VaultError.Rejected or VaultError.Denied)
        {
            throw Failed("the wrapping token was used already or has expired: if nobody here used it, somebody else did", error);
        }
    }

    private async Task<VaultToken> PostAsync<T>(string usualMount, T request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(request, type);
        var call = new VaultCall(HttpMethod.Post, VaultPath.Of("auth", options.LoginMount is { Length: > 0 } mount ? mount : usualMount, "login"), IsRepeatable: false) { Body = bytes };
        try
        {
            using var body = await transport.SendAsync(call, null, cancellationToken);
            var auth = VaultTransport.Parse(body, call, VaultJson.Default.VaultEnvelopeSecretFields).Auth;
            if (auth?.ClientToken is not { Length: > 0 } token)
            {
                throw Failed("the answer holds no token");
            }

            RefuseRoot(auth.Policies);
            return New(token, auth.LeaseDuration, auth.Renewable);
        }
        catch (VaultException error) when (error.Error is VaultError.Rejected or VaultError.Denied or VaultError.NotFound)
        {
            throw Failed("the credentials or the role were not accepted", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private void RefuseRoot(IReadOnlyList<string>? policies)
    {
        if (!options.Dev && (policies is null || policies.Contains("root")))
        {
            throw new VaultException(VaultError.RootToken, "the broker does not run on a root token; give it one limited by: secure-agent vault policy");
        }
    }

    private VaultToken New(SecretValue value, long seconds, bool isRenewable) =>
        new(value, TimeSpan.FromSeconds(seconds), isRenewable, seconds == 0 ? DateTimeOffset.MaxValue : time.GetUtcNow().AddSeconds(seconds));

    private VaultException Failed(string why, Exception? inner = null) => new(VaultError.LoginFailed, $"vault login ({options.Login}): {why}", inner);
}
