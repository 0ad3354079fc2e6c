using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>Decides about one request whose destination is allowed already.</summary>
public static class InspectPolicy
{
    public const string WebSocket = "websocket";

    /// <param name="rule">The rule that allowed the destination.</param>
    /// <param name="path">As sent, without query.</param>
    /// <param name="upgrade">Protocol the request asks to switch to; null for none.</param>
    public static Decision Decide(EgressRule rule, string method, string path, string? upgrade)
    {
        ArgumentNullException.ThrowIfNull(rule);
        if (rule.Inspect is not { } inspect)
        {
            return upgrade is null ? Decision.Allow(rule.Rule) : Decision.Deny(ReasonCode.UpgradeNotAllowed, rule.Rule);
        }

        if (!inspect.Methods.Contains(method, StringComparer.Ordinal))
        {
            return Decision.Deny(ReasonCode.MethodNotAllowed, rule.Rule);
        }

        if (upgrade is not null && !inspect.Upgrades.Contains(upgrade, StringComparer.Ordinal))
        {
            return Decision.Deny(ReasonCode.UpgradeNotAllowed, rule.Rule);
        }

        return UrlPath.TryCanonical(path) switch
        {
            null => Decision.Deny(ReasonCode.PathInvalid, rule.Rule),
            var canonical when inspect.Paths.Any(pattern => pattern.IsMatch(canonical)) => Decision.Allow(rule.Rule),
            _ => Decision.Deny(ReasonCode.PathNotAllowed, rule.Rule),
        };
    }
}
