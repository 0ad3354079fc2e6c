using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Secrets;

/// <summary>What a gate asks of the broker.</summary>
public sealed record SecretRequest(string Caller, string Name, string Host, int Port, string Method);

public static class SecretPolicy
{
    /// <summary>Gates that may draw leases: egress-proxy and inference-gateway.</summary>
    public static Decision Decide(Profile profile, SecretRequest request) => default;

    public static SecretGrant? Find(Profile profile, string name) => null;
}
