namespace SecureAgent.SecretBroker.Vault;

/// <summary>What went wrong at the store: a closed set, told apart by status and transport, never by text.</summary>
internal enum VaultError
{
    /// <summary>An answer this client does not know.</summary>
    Unknown = 0,
    Unreachable,
    Untrusted,
    Timeout,
    Sealed,
    Standby,
    Redirected,
    Denied,
    NotFound,
    Rejected,
    TooLarge,
    RateLimited,
    ServerFailed,
    Malformed,
    LoginFailed,
    RootToken,
}

/// <summary>The store gave no answer that can be used. The message names path and cause and never holds a value.</summary>
internal sealed class VaultException(VaultError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public VaultError Error { get; } = error;

    /// <summary>What to say of an answer that is no success.</summary>
    public static VaultException Of(int status, string path)
    {
        var (error, why) = status switch
        {
            400 => (VaultError.Rejected, "the request was rejected"),
            403 => (VaultError.Denied, "the token may not do this; see: secure-agent vault policy"),
            404 or 405 => (VaultError.NotFound, "there is nothing"),
            413 => (VaultError.TooLarge, "the request is too large"),
            429 => (VaultError.RateLimited, "a quota of the store is used up"),
            472 or 473 => (VaultError.Standby, "the server is a standby"),
            503 => (VaultError.Sealed, "the store is sealed or not ready; unseal it"),
            >= 300 and < 400 => (VaultError.Redirected, "the server points elsewhere, which is not followed; set VAULT_ADDR to the active server"),
            >= 500 => (VaultError.ServerFailed, "the server failed"),
            _ => (VaultError.Unknown, "the answer is not known"),
        };
        return new VaultException(error, $"vault {path}: {why} (status {status})");
    }
}
