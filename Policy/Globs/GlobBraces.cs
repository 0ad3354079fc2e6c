using System.Text;

namespace SecureAgent.Policy.Globs;

/// <summary>Pattern text after brace expansion that remembers where each character stood in what the user wrote.</summary>
internal sealed class GlobText(string text, int[] offsets)
{
    public int Length => text.Length;

    public char this[int at] => text[at];

    public Rune RuneAt(int at) => Rune.GetRuneAt(text, at);

    public string Slice(int from, int to) => text[from..to];

    /// <summary>The pattern that matches <paramref name="literal"/> and nothing else.</summary>
    public static string Escape(string literal)
    {
        var escaped = new StringBuilder(literal.Length);
        foreach (var unit in literal)
        {
            _ = unit is '*' or '?' or '[' or '{' or '}' ? escaped.Append('[').Append(unit).Append(']') : escaped.Append(unit);
        }

        return escaped.ToString();
    }

    public int OffsetOf(int at) => at < offsets.Length ? offsets[at] : offsets.Length == 0 ? 0 : offsets[^1] + 1;
}

/// <summary>Expands <c>{one,two}</c>, nested or not, into the product of its alternatives. Braces inside <c>[…]</c> are literal.</summary>
internal static class GlobBraces
{
    private sealed record Piece(string Text, int[] Offsets)
    {
        public static Piece Empty { get; } = new("", []);

        public Piece Append(Piece other) => new(Text + other.Text, [.. Offsets, .. other.Offsets]);
    }

    public static IReadOnlyList<GlobText> Expand(string text, out GlobError? error)
    {
        var cursor = 0;
        var pieces = Alternatives(text, ref cursor, depth: 0, out error);
        return error is null ? [.. pieces.Select(piece => new GlobText(piece.Text, piece.Offsets))] : [];
    }

    /// <summary>Reads up to the end (depth 0) or to the brace that closes the current group.</summary>
    private static List<Piece> Alternatives(string text, ref int cursor, int depth, out GlobError? error)
    {
        var open = cursor - 1;
        var done = new List<Piece>();
        List<Piece> current = [Piece.Empty];
        error = null;
        while (cursor < text.Length)
        {
            var at = cursor;
            List<Piece> tail;
            switch (text[at])
            {
                case '}' when depth == 0:
                    error = new GlobError(at, "'}' closes nothing; remove it or write [}]");
                    return [];
                case '}':
                    cursor++;
                    done.AddRange(current);
                    return done;
                case ',' when depth > 0:
                    cursor++;
                    done.AddRange(current);
                    current = [Piece.Empty];
                    continue;
                case '{' when depth >= 8:
                    error = new GlobError(at, "braces are nested more than 8 deep; flatten them");
                    return [];
                case '{':
                    cursor++;
                    tail = Alternatives(text, ref cursor, depth + 1, out error);
                    break;
                default:
                    cursor = text[at] == '[' ? EndOfClass(text, at) : EndOfRun(text, at);
                    tail = [new Piece(text[at..cursor], [.. Enumerable.Range(at, cursor - at)])];
                    break;
            }

            if (error is null && (current.Count * tail.Count) + done.Count > Glob.MaxAlternatives)
            {
                error = new GlobError(at, $"the braces stand for more than {Glob.MaxAlternatives} patterns; split the pattern");
            }

            if (error is not null)
            {
                return [];
            }

            if (current.Sum(head => head.Text.Length * tail.Count) + (tail.Sum(next => next.Text.Length) * current.Count) > Glob.MaxExpanded)
            {
                error = new GlobError(at, $"the braces stand for more than {Glob.MaxExpanded} characters; split the pattern");
                return [];
            }

            current = [.. from head in current from next in tail select head.Append(next)];
        }

        if (depth > 0)
        {
            error = new GlobError(open, "'{' is never closed; add '}' or write [{]");
            return [];
        }

        return current;
    }

    private static int EndOfRun(string text, int start)
    {
        var length = text.AsSpan(start).IndexOfAny("{},[");
        return length switch { < 0 => text.Length, 0 => start + 1, _ => start + length };
    }

    private static int EndOfClass(string text, int open)
    {
        var first = open + 1 < text.Length && text[open + 1] == '!' ? open + 2 : open + 1;
        var close = first < text.Length ? text.IndexOf(']', first + 1) : -1;
        return close < 0 ? open + 1 : close + 1;
    }
}
