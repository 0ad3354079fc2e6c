namespace SecureAgent.Policy.Document;

/// <summary>
/// Parts of the policy language that this version parses but cannot enforce yet. A profile that uses one is refused
/// at session start: a promise that is not kept is never a weaker mode. Each entry goes away with the feature's arrival.
/// </summary>
public static class PolicySupport
{
    /// <summary>One sentence per unsupported use, with the rule it is in. Empty when the profile is fully enforced.</summary>
    public static IReadOnlyList<string> Unsupported(Profile profile) => ["the support check is missing"];
}
