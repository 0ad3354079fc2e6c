using SecureAgent.Policy;

namespace SecureAgent.ServiceDefaults.Secrets;

/// <summary>What a lease is bound to.</summary>
/// <param name="Name">A name under <c>secrets:</c> of the session's profile.</param>
/// <param name="Host">Canonical destination host.</param>
/// <param name="Method">HTTP method, upper case.</param>
public sealed record SecretDraw(string SessionId, string Name, string Host, int Port, string Method);

/// <summary>A credential for one destination. Disposing it zeroes the value and gives the lease back.</summary>
public sealed class SecretLease : IAsyncDisposable
{
    private readonly SecretLeases owner;
    private readonly TimeProvider time;
    private readonly SecretValue value;

    internal SecretLease(SecretLeases owner, TimeProvider time, string id, SecretValue value)
    {
        (this.owner, this.time, this.value, Id) = (owner, time, value, id);
    }

    public string Id { get; }

    /// <summary>Header that carries the value, e.g. <c>x-api-key</c>.</summary>
    public required string Header { get; init; }

    /// <summary>Text before the value in that header, e.g. <c>"Bearer "</c>.</summary>
    public required string Prefix { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public bool IsLive => time.GetUtcNow() < ExpiresAt;

    /// <summary>The value, while the lease lives. Throws <see cref="SecretRefusedException"/> with <see cref="ReasonCode.LeaseGone"/> after.</summary>
    public SecretValue Value => IsLive ? value : throw new SecretRefusedException(ReasonCode.LeaseGone, $"lease {Id} has expired");

    public async ValueTask DisposeAsync()
    {
        value.Dispose();
        await owner.GiveBackAsync(Id);
    }
}

/// <summary>No credential was given; what needed it must fail.</summary>
public sealed class SecretRefusedException(ReasonCode reason, string message, Exception? inner = null) : Exception(message, inner)
{
    public ReasonCode Reason { get; } = reason;
}
