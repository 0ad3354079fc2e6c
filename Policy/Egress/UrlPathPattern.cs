using System.Diagnostics.CodeAnalysis;

namespace SecureAgent.Policy.Egress;

/// <summary>A path pattern that begins with a slash, over canonical paths (<see cref="UrlPath"/>). A final slash makes no difference.</summary>
public sealed class UrlPathPattern
{
    private readonly Glob? glob;

    private UrlPathPattern(string text, Glob? glob) => (Text, this.glob) = (text, glob);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <param name="canonical">What <see cref="UrlPath.TryCanonical"/> returned.</param>
    public bool IsMatch(string canonical) => glob is null ? canonical is "" : glob.IsMatch(canonical);

    public override string ToString() => Text;

    internal static bool TryParse(string text, int line, [NotNullWhen(true)] out UrlPathPattern? pattern, [NotNullWhen(false)] out GlobError? error)
    {
        pattern = null;
        var inner = text.Length > 1 && text[^1] == '/' ? text[1..^1] : text[1..];
        if (inner.Length == 0)
        {
            (pattern, error) = (new UrlPathPattern(text, null), null);
            return true;
        }

        if (!Glob.TryParse(inner, Globs.GlobKind.Path, line, out var glob, out var fault))
        {
            error = fault with { Offset = fault.Offset + 1 };
            return false;
        }

        (pattern, error) = (new UrlPathPattern(text, glob), null);
        return true;
    }
}
