using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Globs;

namespace SecureAgent.Policy.Document.Keys;

internal static class InferenceKeys
{
    public const long DefaultMaxTokens = 200_000;

    public static Key<IReadOnlyList<Glob>> Models { get; } = new(
        "models", new ListType<Glob>(new GlobType(GlobKind.Name)), [],
        "Model names that may be called; * also crosses '/'. Missing or empty allows none.", DefaultText: "[]");

    public static Key<long> MaxTokens { get; } = new(
        "maxTokens", new As<decimal, long>(new NumberType(1, 1_000_000_000_000, isWhole: true), value => (long)value), DefaultMaxTokens,
        "Tokens a session may use, in and out together.", DefaultText: "200000");

    public static ObjectShape Shape { get; } = new("inference", "Model calls. Without this section none is allowed.", [Models, MaxTokens]);

    public static ObjectType<InferencePolicy> Type { get; } = new(Shape, view => new InferencePolicy(view.Get(Models), view.Get(MaxTokens), view.Rule()));
}
