using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Tests;

/// <summary>Policies in the words of a test, without the parser.</summary>
internal static class Make
{
    public static FileGrant Grant(
        string[] allow, string[]? deny = null, FileAccessMode access = FileAccessMode.Read, bool hidden = false, bool hardLinks = false,
        long maxFile = 1000, long budget = 5000, int at = 0) =>
        new("${workspace}", [.. allow.Select(Glob.Parse)], [.. (deny ?? []).Select(Glob.Parse)], access, maxFile, budget, hidden, hardLinks,
            new RuleRef($"files[{at}]", "grant", 7 + at));

    public static EgressRule Egress(string host, int[]? ports = null, string? inject = null, bool allowPrivate = false, int at = 0) =>
        new(host, ports ?? [443], null, inject, allowPrivate, new RuleRef($"egress[{at}]", host, 20 + at));

    public static SecretGrant Secret(string name, string host, params string[] methods) =>
        new(name, new SecretSource.Embedded(name), "x-api-key", "", host, methods.Length > 0 ? methods : ["GET", "HEAD", "POST"],
            TimeSpan.FromMinutes(15), new RuleRef($"secrets.{name}", name, 30));

    public static InferencePolicy Inference(long maxTokens, params string[] models) =>
        new([.. models.Select(Name)], maxTokens, new RuleRef("inference", "models", 40));

    public static Profile Profile() => new("test", 1);

    private static Glob Name(string text) => Glob.TryParseName(text, out var glob, out var error) ? glob : throw new FormatException(error.Message);
}
