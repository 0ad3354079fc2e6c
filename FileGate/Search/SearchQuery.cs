using System.Text.RegularExpressions;
using SecureAgent.Policy;

namespace SecureAgent.FileGate.Search;

/// <param name="Path">Directory to search below.</param>
/// <param name="Names">Over paths relative to <paramref name="Path"/>; null for all files.</param>
/// <param name="Content">Null searches names only.</param>
/// <param name="Limit">Most matches to return.</param>
internal sealed record SearchQuery(string Path, Glob? Names, Regex? Content, int Limit)
{
    /// <summary>Of a search for names: directories are found too.</summary>
    public bool Directories { get; init; }

    public const int MaxMatches = 10_000;
    public const int DefaultMatches = 1000;

    /// <summary>Null when the glob, the regular expression or the limit is not one.</summary>
    public static SearchQuery? TryCreate(string path, string glob, string regex, bool ignoreCase, int limit)
    {
        Glob? names = null;
        Regex? content = null;
        if (limit is < 0 or > MaxMatches || (glob.Length > 0 && !Glob.TryParse(glob, out names, out _)))
        {
            return null;
        }

        if (regex.Length > 0 && (content = SearchExpression.TryCreate(regex, ignoreCase)) is null)
        {
            return null;
        }

        return new SearchQuery(path, names, content, limit == 0 ? DefaultMatches : limit);
    }

    /// <summary>Whether a file's path, relative to the root, is asked for.</summary>
    public bool Wants(string file) => Names?.IsMatch(Path.Length == 0 ? file : file[(Path.Length + 1)..]) ?? true;
}
