using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SecureAgent.Policy.Globs;

/// <summary>Turns pattern text into brace-free alternatives, or into the first error with its offset.</summary>
internal static class GlobParser
{
    public static bool TryParse(
        string text, GlobKind kind, [NotNullWhen(true)] out GlobPattern[]? patterns, [NotNullWhen(false)] out GlobError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        patterns = null;
        error = CheckText(text, kind);
        if (error is not null)
        {
            return false;
        }

        var alternatives = GlobBraces.Expand(text, out error);
        if (error is not null)
        {
            return false;
        }

        var parsed = new List<GlobPattern>(alternatives.Count);
        foreach (var alternative in alternatives)
        {
            var segments = Segments(alternative, kind, out error);
            if (error is not null)
            {
                return false;
            }

            parsed.Add(new GlobPattern(kind, segments));
        }

        patterns = [.. parsed];
        return true;
    }

    private static GlobError? CheckText(string text, GlobKind kind)
    {
        if (text.Length == 0)
        {
            return new GlobError(0, "the pattern is empty; use \"**\" for everything");
        }

        if (text.Length > Glob.MaxLength)
        {
            return new GlobError(Glob.MaxLength, $"the pattern is longer than {Glob.MaxLength} characters; split it");
        }

        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsControl(text[at]))
            {
                return new GlobError(at, "control characters match no path; remove it");
            }

            if (char.IsSurrogate(text[at]) && Rune.DecodeFromUtf16(text.AsSpan(at), out _, out var length) == System.Buffers.OperationStatus.Done)
            {
                at += length - 1;
            }
            else if (char.IsSurrogate(text[at]))
            {
                return new GlobError(at, "half a surrogate pair is no character; remove it");
            }

            if (text[at] == '\\')
            {
                return new GlobError(at, "there is no backslash escape; put a special character in brackets, as in [*], and separate folders with '/'");
            }
        }

        return kind == GlobKind.Path && text[0] == '/'
            ? new GlobError(0, "patterns are relative to the root; remove the leading '/'")
            : null;
    }

    /// <summary>Splits at slashes outside classes. Offsets were kept per character by the brace expansion.</summary>
    private static GlobSegment[] Segments(GlobText text, GlobKind kind, out GlobError? error)
    {
        var segments = new List<GlobSegment>();
        var cursor = 0;
        do
        {
            segments.Add(Segment(text, kind, ref cursor, out error));
        }
        while (error is null && cursor++ < text.Length);

        return [.. segments];
    }

    private static GlobSegment Segment(GlobText text, GlobKind kind, ref int cursor, out GlobError? error)
    {
        var start = cursor;
        var atoms = new List<GlobAtom>();
        error = null;
        while (cursor < text.Length && (kind == GlobKind.Name || text[cursor] != '/'))
        {
            switch (text[cursor])
            {
                case '*':
                    atoms.Add(new GlobAtom(GlobAtomKind.AnyRun));
                    cursor++;
                    break;
                case '?':
                    atoms.Add(new GlobAtom(GlobAtomKind.AnyOne));
                    cursor++;
                    break;
                case '[':
                    atoms.Add(GlobClass.Parse(text, kind, ref cursor, out error));
                    break;
                default:
                    var rune = text.RuneAt(cursor);
                    atoms.Add(new GlobAtom(GlobAtomKind.Literal, rune));
                    cursor += rune.Utf16SequenceLength;
                    break;
            }

            if (error is not null)
            {
                return GlobSegment.AnyDepth;
            }
        }

        var written = text.Slice(start, cursor);
        error = CheckSegment(written, atoms, text.OffsetOf(start), kind);
        return kind == GlobKind.Path && written == "**" ? GlobSegment.AnyDepth : new GlobSegment([.. atoms]);
    }

    private static GlobError? CheckSegment(string segment, List<GlobAtom> atoms, int offset, GlobKind kind) => segment switch
    {
        "" => new GlobError(offset, kind == GlobKind.Path ? "a part between slashes is empty; remove the extra '/'" : "an alternative is empty; name it"),
        "." or ".." when kind == GlobKind.Path => new GlobError(offset, $"'{segment}' matches no path; write the pattern without it"),
        "**" => null,
        _ when kind == GlobKind.Path && atoms.Zip(atoms.Skip(1)).Any(pair => pair is ({ Kind: GlobAtomKind.AnyRun }, { Kind: GlobAtomKind.AnyRun })) =>
            new GlobError(offset, "'**' must stand alone between slashes; use '*' inside a name"),
        _ => null,
    };
}
