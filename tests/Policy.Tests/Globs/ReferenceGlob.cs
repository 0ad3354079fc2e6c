using System.Text;

namespace SecureAgent.Policy.Tests.Globs;

/// <summary>The definition of a glob, written for being obviously right: expand braces by text, then recurse. Exponential.</summary>
internal static class ReferenceGlob
{
    public static bool IsMatch(string pattern, string path) => Expand(pattern).Any(one => Segments(one.Split('/'), path.Length == 0 ? [] : path.Split('/')));

    private static IEnumerable<string> Expand(string pattern)
    {
        var open = pattern.LastIndexOf('{');
        if (open < 0)
        {
            return [pattern];
        }

        var close = pattern.IndexOf('}', open);
        return pattern[(open + 1)..close].Split(',').SelectMany(choice => Expand(pattern[..open] + choice + pattern[(close + 1)..]));
    }

    private static bool Segments(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        if (pattern.IsEmpty)
        {
            return path.IsEmpty;
        }

        if (pattern[0] == "**")
        {
            return Segments(pattern[1..], path) || (!path.IsEmpty && Segments(pattern, path[1..]));
        }

        return !path.IsEmpty && Characters([.. pattern[0].EnumerateRunes()], [.. path[0].EnumerateRunes()]) && Segments(pattern[1..], path[1..]);
    }

    private static bool Characters(ReadOnlySpan<Rune> pattern, ReadOnlySpan<Rune> text)
    {
        if (pattern.IsEmpty)
        {
            return text.IsEmpty;
        }

        return pattern[0].Value switch
        {
            '*' => Characters(pattern[1..], text) || (!text.IsEmpty && Characters(pattern, text[1..])),
            '?' => !text.IsEmpty && Characters(pattern[1..], text[1..]),
            _ => !text.IsEmpty && pattern[0] == text[0] && Characters(pattern[1..], text[1..]),
        };
    }
}
