using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>One request.</summary>
/// <param name="Path">Below <c>/v1/</c>, from <see cref="VaultPath"/>.</param>
/// <param name="IsRepeatable">Whether asking twice changes nothing. A GET that makes a database user is not.</param>
internal sealed record VaultCall(HttpMethod Method, string Path, bool IsRepeatable)
{
    /// <summary>JSON; wiped by the sender of the call.</summary>
    public byte[]? Body { get; init; }

    public TimeSpan? WrapFor { get; init; }
}
