using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.ServiceDefaults.Identity;

/// <summary>Says which component a bearer token names; null when it proves nothing.</summary>
internal interface ICallerTokens
{
    Task<string?> ValidateAsync(string token);
}

/// <summary>In a cluster: an account of the gates' own namespace is the component of that name.</summary>
internal sealed class ClusterCallers(ClusterTokens tokens, string space) : ICallerTokens
{
    private readonly string prefix = $"system:serviceaccount:{space}:";

    public async Task<string?> ValidateAsync(string token) =>
        await tokens.ValidateAsync(token) is { } identity && identity.Subject.StartsWith(prefix, StringComparison.Ordinal) ? identity.Subject[prefix.Length..] : null;
}
