using SecureAgent.Policy.Inference;

namespace SecureAgent.Policy.Tests.Inference;

public sealed class InferenceRulesTests
{
    [Theory]
    [InlineData("offline-extractive", ReasonCode.AllowedByRule)]
    [InlineData("meta-llama/Llama-3:8b", ReasonCode.AllowedByRule)]
    [InlineData("Offline", ReasonCode.ModelNotAllowed)]
    [InlineData("gpt", ReasonCode.ModelNotAllowed)]
    [InlineData("", ReasonCode.ModelNotAllowed)]
    [InlineData("offline\n", ReasonCode.ModelNotAllowed)]
    public void Model_IsMatchedByNamePatterns(string model, ReasonCode expected) =>
        Assert.Equal(expected, InferenceRules.DecideModel(Make.Profile() with { Inference = Make.Inference(10, "offline*", "meta-llama/*") }, model).Reason);

    [Fact]
    public void Model_NameOverAnyLength_IsRefused() =>
        Assert.False(InferenceRules.DecideModel(Make.Profile() with { Inference = Make.Inference(10, "*") }, new string('a', 513)).IsAllowed);

    [Theory]
    [InlineData(0, true)]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(11, false)]
    [InlineData(-1, false)]
    public void Tokens_Boundary(long used, bool isAllowed) =>
        Assert.Equal(isAllowed, InferenceRules.DecideTokens(Make.Profile() with { Inference = Make.Inference(10, "*") }, used).IsAllowed);
}
