using SecureAgent.Policy;

namespace SecureAgent.FileGate.Mcp;

/// <summary>The <c>excludePatterns</c> of a tool: a path is left out when a glob matches it or a directory it is in.</summary>
internal sealed class ExcludedPaths
{
    private readonly List<Glob> globs = [];

    private ExcludedPaths()
    {
    }

    /// <summary>Null when one of them is no glob.</summary>
    public static ExcludedPaths? OfSearch(string[]? patterns) => Of(patterns ?? []);

    /// <summary>As the well-known server has it for trees, where a pattern without a star means that name anywhere.</summary>
    public static ExcludedPaths? OfTree(string[]? patterns) =>
        Of((patterns ?? []).SelectMany(pattern => pattern.Contains('*', StringComparison.Ordinal) ? [pattern] : (IEnumerable<string>)[pattern, $"**/{pattern}"]));

    /// <summary>A tool's pattern as a glob of the policy: there <c>a/**</c> is <c>a</c> too, here only what is in it.</summary>
    public static string Pattern(string pattern) => pattern.EndsWith("/**", StringComparison.Ordinal) ? pattern + "/*" : pattern;

    public bool Hide(string path)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); globs.Count > 0 && end >= 0; end = path.IndexOf('/', end + 1))
        {
            if (Matches(path[..end]))
            {
                return true;
            }
        }

        return Matches(path);
    }

    private static ExcludedPaths? Of(IEnumerable<string> patterns)
    {
        var excluded = new ExcludedPaths();
        foreach (var pattern in patterns)
        {
            if (pattern is null || !Glob.TryParse(Pattern(pattern), out var glob, out _))
            {
                return null;
            }

            excluded.globs.Add(glob);
        }

        return excluded;
    }

    private bool Matches(string path) => globs.Any(glob => glob.IsMatch(path));
}
