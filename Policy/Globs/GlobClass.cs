using System.Text;

namespace SecureAgent.Policy.Globs;

/// <summary><c>[abc]</c>, <c>[a-z]</c>, <c>[!a-z]</c>; a <c>]</c> that comes first and a <c>-</c> at either end stand for themselves.</summary>
internal static class GlobClass
{
    public static GlobAtom Parse(GlobText text, GlobKind kind, ref int cursor, out GlobError? error)
    {
        var open = cursor++;
        error = null;
        var negated = cursor < text.Length && text[cursor] == '!';
        if (negated)
        {
            cursor++;
        }

        var first = cursor;
        var ranges = new List<(int Low, int High)>();
        while (cursor < text.Length && (text[cursor] != ']' || cursor == first))
        {
            var low = Next(text, kind, ref cursor, out error);
            var high = low;
            if (error is null && cursor + 1 < text.Length && text[cursor] == '-' && text[cursor + 1] != ']')
            {
                cursor++;
                high = Next(text, kind, ref cursor, out error);
            }

            if (error is null && high < low)
            {
                error = new GlobError(text.OffsetOf(cursor - 1), $"the range {low}-{high} is reversed; swap its ends");
            }

            if (error is not null)
            {
                return default;
            }

            ranges.Add((low.Value, high.Value));
        }

        if (cursor >= text.Length)
        {
            error = new GlobError(text.OffsetOf(open), "'[' is never closed; add ']' or write [[] for a literal bracket");
            return default;
        }

        cursor++;
        return new GlobAtom(GlobAtomKind.Class, Ranges: [.. ranges], Negated: negated);
    }

    private static Rune Next(GlobText text, GlobKind kind, ref int cursor, out GlobError? error)
    {
        var rune = text.RuneAt(cursor);
        error = kind == GlobKind.Path && rune.Value == '/'
            ? new GlobError(text.OffsetOf(cursor), "'/' cannot be in brackets; no name contains it")
            : null;
        cursor += rune.Utf16SequenceLength;
        return rune;
    }
}
