using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.Policy.Secrets;

/// <summary>What a gate asks of the broker.</summary>
public sealed record SecretRequest(string Caller, string Name, string Host, int Port, string Method);

public static class SecretPolicy
{
    /// <summary>ComponentNames.EgressProxy; Policy references no other library.</summary>
    private const string EgressProxy = "egress-proxy";

    private const string InferenceGateway = "inference-gateway";

    /// <summary>The sandbox itself, by its session's socket.</summary>
    public const string Agent = "agent";

    /// <summary>
    /// Gates that may draw leases: egress-proxy, for a destination whose egress rule carries this secret; inference-gateway, where the profile may call a model.
    /// The agent itself may have what is delivered to it, and nothing else.
    /// </summary>
    public static Decision Decide(Profile profile, SecretRequest request)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Caller is not (EgressProxy or InferenceGateway or Agent))
        {
            return Decision.Deny(ReasonCode.CallerNotAllowed);
        }

        var grant = Find(profile, request.Name);
        if (grant is null)
        {
            return Decision.Deny(ReasonCode.SecretUnknown);
        }

        if (request.Caller == Agent || grant.IsForAgent)
        {
            return request.Caller == Agent && grant.IsForAgent ? Decision.Allow(grant.Rule) : Decision.Deny(ReasonCode.CallerNotAllowed, grant.Rule);
        }

        var host = CanonicalHost.TryParse(request.Host);
        if (host is null || !string.Equals(host.Name, grant.Host, StringComparison.Ordinal) || request.Port is < 1 or > 65535)
        {
            return Decision.Deny(ReasonCode.DestinationMismatch, grant.Rule);
        }

        // The credential of the operator's own proxy opens connections and goes to no destination of a rule.
        if (grant.IsForProxy)
        {
            return request is { Caller: EgressProxy, Method: "CONNECT" } ? Decision.Allow(grant.Rule) : Decision.Deny(ReasonCode.DestinationMismatch, grant.Rule);
        }

        // Method names are case-sensitive (RFC 9110 §9.1): "get" is not GET.
        if (!grant.Methods.Contains(request.Method, StringComparer.Ordinal))
        {
            return Decision.Deny(ReasonCode.MethodNotAllowed, grant.Rule);
        }

        return request.Caller == EgressProxy ? DecideInjection(profile, grant, host, request.Port) : DecideModelCall(profile, grant);
    }

    public static SecretGrant? Find(Profile profile, string name)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.Secrets.FirstOrDefault(grant => string.Equals(grant.Name, name, StringComparison.Ordinal));
    }

    /// <summary>Whether a lease that was given under this grant may live on: the profile has it as it was, and something that uses it.</summary>
    public static bool Grants(Profile profile, SecretGrant given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return Find(profile, given.Name) is { } grant && PolicyChange.IsSame(grant, given)
            && (grant.IsForAgent || grant.IsForProxy || profile.Inference is not null || profile.Egress.Any(rule => rule.Carries(grant.Name)));
    }

    private static Decision DecideInjection(Profile profile, SecretGrant grant, CanonicalHost host, int port)
    {
        var rule = EgressPolicy.RuleOf(profile, EgressPolicy.Decide(profile, host, port));
        return rule is not null && rule.Ports.Contains(port) && rule.Carries(grant.Name)
            ? Decision.Allow(grant.Rule)
            : Decision.Deny(ReasonCode.DestinationMismatch, grant.Rule);
    }

    private static Decision DecideModelCall(Profile profile, SecretGrant grant) =>
        profile.Inference is null ? Decision.Deny(ReasonCode.CallerNotAllowed, grant.Rule) : Decision.Allow(grant.Rule);
}
