using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Inference;

public static class InferenceRules
{
    public static Decision DecideModel(Profile profile, string model) => default;

    public static Decision DecideTokens(Profile profile, long alreadyUsed) => default;
}
