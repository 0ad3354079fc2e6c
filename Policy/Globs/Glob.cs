using System.Diagnostics.CodeAnalysis;
using SecureAgent.Policy.Globs;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy;

/// <summary>
/// A path or name pattern: <c>*</c> and <c>?</c> within a segment, <c>**</c> for any number of whole segments (also none),
/// <c>[a-z]</c>, <c>[!a-z]</c>, <c>{one,two}</c>. Case-sensitive, ordinal, over Unicode code points.
/// </summary>
/// <remarks>
/// Time is linear in the length of the input: a set of positions is advanced segment by segment, and within a segment only the
/// last <c>*</c> is ever retried. Braces are expanded when the pattern is parsed, at most <see cref="MaxAlternatives"/> of them.
/// </remarks>
public sealed class Glob
{
    /// <summary>Longest pattern, in UTF-16 units.</summary>
    public const int MaxLength = 1024;

    /// <summary>Most patterns that the braces of one glob may expand to.</summary>
    public const int MaxAlternatives = 64;

    /// <summary>Most characters of all those patterns together: a short text must not become a large one.</summary>
    internal const int MaxExpanded = 4096;

    private readonly GlobPattern[] _exact;
    private readonly GlobPattern[] _folded;

    /// <summary>The pattern is its own folded form, so that folded input need not be asked twice.</summary>
    private readonly bool _isFolded;

    private Glob(string text, GlobPattern[] exact)
    {
        Text = text;
        _exact = exact;
        _folded = [.. exact.Select(pattern => pattern.Fold())];
        _isFolded = !text.Contains('[', StringComparison.Ordinal) && CaseFold.Of(text) == text;
    }

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>Line in the policy document, counted from 1; 0 when the glob did not come from one.</summary>
    public int Line { get; init; }

    /// <summary>Parses a path pattern, relative to a root.</summary>
    /// <exception cref="FormatException">The pattern is malformed; the message says where and how to mend it.</exception>
    public static Glob Parse(string text) =>
        TryParse(text, out var glob, out var error) ? glob : throw new FormatException($"'{text}' at {error.Offset}: {error.Message}");

    public static bool TryParse(string text, [NotNullWhen(true)] out Glob? glob, [NotNullWhen(false)] out GlobError? error) =>
        TryParse(text, GlobKind.Path, 0, out glob, out error);

    /// <summary>Parses a pattern over plain names (models): <c>/</c> is an ordinary character there, so <c>*</c> crosses it.</summary>
    public static bool TryParseName(string text, [NotNullWhen(true)] out Glob? glob, [NotNullWhen(false)] out GlobError? error) =>
        TryParse(text, GlobKind.Name, 0, out glob, out error);

    internal static bool TryParse(
        string text, GlobKind kind, int line, [NotNullWhen(true)] out Glob? glob, [NotNullWhen(false)] out GlobError? error)
    {
        glob = null;
        if (!GlobParser.TryParse(text, kind, out var patterns, out error))
        {
            return false;
        }

        glob = new Glob(text, patterns) { Line = line };
        return true;
    }

    /// <summary>Whether the whole of <paramref name="path"/> matches. <c>""</c> is the root: no segments.</summary>
    public bool IsMatch(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Any(_exact, path, GlobQuestion.Whole);
    }

    /// <summary>Whether some path strictly below <paramref name="directory"/> may match; used to decide if the directory may be listed.</summary>
    public bool CouldMatchBelow(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return Any(_exact, directory, GlobQuestion.Below);
    }

    /// <summary>
    /// Whether <paramref name="path"/> or one of its parents matches as written, or in any case or Unicode form: a file system that folds names
    /// (ext4 casefold, APFS, HFS+, SMB) must not be a way around a deny rule.
    /// </summary>
    /// <param name="folded"><paramref name="path"/> after <see cref="CaseFold"/>, computed once per decision.</param>
    internal bool Denies(string path, string folded) =>
        Any(_exact, path, GlobQuestion.SelfOrParent)
        || (!(_isFolded && path == folded) && Any(_folded, folded, GlobQuestion.SelfOrParent));

    public override string ToString() => Text;

    private static bool Any(GlobPattern[] patterns, string path, GlobQuestion question)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(path, question))
            {
                return true;
            }
        }

        return false;
    }
}

/// <param name="Offset">UTF-16 units from the start of the pattern.</param>
/// <param name="Message">What is wrong and how to mend it.</param>
public sealed record GlobError(int Offset, string Message);
