using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

public enum Severity
{
    Error,
    Warning,
}

/// <summary>What a rule found, before it is known where it was written.</summary>
internal readonly record struct Hit(ManifestObject Object, int Line, string Detail);

/// <param name="Id">Stable name, used by <c>--disable</c> and in SARIF.</param>
/// <param name="What">What is forbidden or required.</param>
/// <param name="Why">Why, and whose rule it is.</param>
/// <param name="Mend">What to write instead.</param>
public sealed record Rule(string Id, Severity Severity, string What, string Why, string Mend)
{
    internal Func<ManifestSet, IEnumerable<Hit>> Find { get; init; } = _ => throw new InvalidOperationException("a rule without a search");
}

public sealed record Finding(Rule Rule, string File, int Line, string Subject, string Detail);
