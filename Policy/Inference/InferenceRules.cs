using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Inference;

public static class InferenceRules
{
    /// <summary>Longest model name that is judged, in UTF-16 units; the longest in public registries are under 200.</summary>
    private const int MaxModelName = 512;

    public static Decision DecideModel(Profile profile, string model)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(model);
        if (profile.Inference is not { } rules)
        {
            return Decision.Deny(ReasonCode.NoRule);
        }

        var isName = model.Length is > 0 and <= MaxModelName && !model.Any(char.IsControl);
        return isName && rules.Models.Any(glob => glob.IsMatch(model))
            ? Decision.Allow(rules.Rule)
            : Decision.Deny(ReasonCode.ModelNotAllowed, rules.Rule);
    }

    /// <summary>Whether another call may start after <paramref name="alreadyUsed"/> tokens, in and out together.</summary>
    public static Decision DecideTokens(Profile profile, long alreadyUsed)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (profile.Inference is not { } rules)
        {
            return Decision.Deny(ReasonCode.NoRule);
        }

        return alreadyUsed >= 0 && alreadyUsed < rules.MaxTokens
            ? Decision.Allow(rules.Rule)
            : Decision.Deny(ReasonCode.TokenBudgetExceeded, rules.Rule);
    }
}
