using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>
/// Names below wildcards are text of the agent's that leaves in look-ups: how much of it one session may choose is bounded, in all and a minute. A name
/// that was asked for before says nothing new.
/// </summary>
internal sealed class WildcardNames(EgressProxyOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private int characters;
    private int inWindow;
    private DateTimeOffset windowEnds;

    /// <summary>Null when the name may be looked up. What is refused is not counted.</summary>
    public ReasonCode? Refusal(EgressRule rule, CanonicalHost host)
    {
        if (!rule.Host.StartsWith("*.", StringComparison.Ordinal))
        {
            return null;
        }

        var chosen = host.Name.Length - (rule.Host.Length - 1);
        lock (gate)
        {
            if (asked.Contains(host.Name))
            {
                return null;
            }

            var now = time.GetUtcNow();
            if (now >= windowEnds)
            {
                (windowEnds, inWindow) = (now + Window, 0);
            }

            if (characters + chosen > options.WildcardCharacters)
            {
                return ReasonCode.BudgetExceeded;
            }

            if (inWindow >= options.WildcardNamesPerMinute)
            {
                return ReasonCode.RateLimited;
            }

            asked.Add(host.Name);
            characters += chosen;
            inWindow++;
            return null;
        }
    }
}
