namespace SecureAgent.SecretBroker.Vault;

internal enum VaultState
{
    Unknown = 0,
    Active,
    Standby,
    Uninitialised,
    Sealed,
}

/// <summary>The server's own word on its state, by status (GET /v1/sys/health); needs no token.</summary>
internal static class VaultHealth
{
    public static async Task<VaultState> AskAsync(VaultTransport transport, CancellationToken cancellationToken)
    {
        var (status, body) = await transport.SendOnceAsync(new VaultCall(HttpMethod.Get, "sys/health", IsRepeatable: true), null, cancellationToken);
        body.Dispose();
        return status switch
        {
            200 => VaultState.Active,
            429 or 472 or 473 => VaultState.Standby,
            501 => VaultState.Uninitialised,
            503 => VaultState.Sealed,
            _ => VaultState.Unknown,
        };
    }
}
