using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Yaml;
using SecureAgent.Policy.Globs;
using SecureAgent.Policy.Inference;

namespace SecureAgent.Policy.Suggesting;

internal static class InferenceAmendment
{
    private const long MaxTokens = 1_000_000_000_000;

    public static Amendment? Of(Profile profile, string model, ReasonCode reason) => reason switch
    {
        ReasonCode.NoRule or ReasonCode.ModelNotAllowed => Allow(profile, model),
        ReasonCode.TokenBudgetExceeded when profile.Inference is { MaxTokens: < MaxTokens } rules => With(
            profile, rules with { MaxTokens = Math.Min(rules.MaxTokens * 2, MaxTokens) }, "changes inference: doubles the tokens of a session"),
        _ => null,
    };

    private static Amendment? Allow(Profile profile, string model)
    {
        var rules = profile.Inference ?? new InferencePolicy([], InferenceKeys.DefaultMaxTokens, Amendment.NewRule("inference", ""));
        if (!Glob.TryParseName(GlobText.Escape(model), out var glob, out _) || InferenceRules.DecideModel(profile, model).IsAllowed)
        {
            return null;
        }

        var verb = profile.Inference is null ? "adds" : "changes";
        var amendment = With(profile, rules with { Models = [.. rules.Models, glob] }, $"{verb} inference: calls {Display.Short(model)}");
        return InferenceRules.DecideModel(amendment.Profile, model).IsAllowed ? amendment : null;
    }

    private static Amendment With(Profile profile, InferencePolicy rules, string note) =>
        new(profile with { Inference = rules }, ProfileKeys.Inference.Name, 0, note);
}

internal static class SandboxAmendment
{
    private static readonly TimeSpan MaxWallClock = TimeSpan.FromHours(24);

    private const long MaxOutput = 16L << 30;
    private const long MaxMemory = 1L << 40;

    public static Amendment? Of(Profile profile, ReasonCode reason) => (reason, profile.Sandbox) switch
    {
        (ReasonCode.WallClock, var limits) when limits.WallClock < MaxWallClock => With(
            profile, limits with { WallClock = limits.WallClock * 2 > MaxWallClock ? MaxWallClock : limits.WallClock * 2 }, "doubles the time of a session"),
        (ReasonCode.OutputLimit, { OutputBytes: < MaxOutput } limits) => With(
            profile, limits with { OutputBytes = Math.Min(limits.OutputBytes * 2, MaxOutput) }, "doubles the output of a session"),
        (ReasonCode.MemoryLimit, { MemoryBytes: < MaxMemory } limits) => With(
            profile, limits with { MemoryBytes = Math.Min(limits.MemoryBytes * 2, MaxMemory) }, "doubles the memory of a session"),
        _ => null,
    };

    private static Amendment With(Profile profile, SandboxPolicy limits, string what) =>
        new(profile with { Sandbox = limits }, ProfileKeys.Sandbox.Name, 0, $"changes sandbox: {what}");
}
