using System.Text;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Globs;

/// <summary>The pattern of one segment, or <c>**</c> (<see cref="IsAnyDepth"/>).</summary>
internal sealed class GlobSegment(GlobAtom[] atoms, bool isAnyDepth = false)
{
    /// <summary>The text of a segment without signs; most segments of real policies are this, or <see cref="_suffix"/>.</summary>
    private readonly string? _literal = LiteralOf(atoms);

    /// <summary>The text after a leading <c>*</c>, where it is the only sign.</summary>
    private readonly string? _suffix = atoms is [{ Kind: GlobAtomKind.AnyRun }, ..] ? LiteralOf(atoms[1..]) : null;

    public static GlobSegment AnyDepth { get; } = new([], isAnyDepth: true);

    public bool IsAnyDepth { get; } = isAnyDepth;

    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_literal is not null)
        {
            return text.SequenceEqual(_literal);
        }

        return _suffix is not null ? text.EndsWith(_suffix, StringComparison.Ordinal) : MatchesAtoms(text);
    }

    /// <summary>
    /// Walks both sides once; on a mismatch only the most recent <c>*</c> takes one more character. An earlier <c>*</c> never needs
    /// a retry, because the latest one can absorb whatever it would have: at most input × pattern steps.
    /// </summary>
    private bool MatchesAtoms(ReadOnlySpan<char> text)
    {
        int at = 0, atom = 0, starAtom = -1, starAt = 0;
        while (at < text.Length)
        {
            // An unpaired surrogate decodes to U+FFFD; paths that hold one are refused before any glob is asked.
            _ = Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            if (atom < atoms.Length && atoms[atom].Kind == GlobAtomKind.AnyRun)
            {
                starAtom = atom++;
                starAt = at;
            }
            else if (atom < atoms.Length && atoms[atom].Accepts(rune))
            {
                atom++;
                at += length;
            }
            else if (starAtom >= 0)
            {
                _ = Rune.DecodeFromUtf16(text[starAt..], out _, out var skipped);
                starAt += skipped;
                at = starAt;
                atom = starAtom + 1;
            }
            else
            {
                return false;
            }
        }

        while (atom < atoms.Length && atoms[atom].Kind == GlobAtomKind.AnyRun)
        {
            atom++;
        }

        return atom == atoms.Length;
    }

    /// <summary>The same pattern for folded input: runs of literals are folded together, classes accept a character if either case of it is meant.</summary>
    public GlobSegment Fold()
    {
        var folded = new List<GlobAtom>(atoms.Length);
        var run = new StringBuilder();
        foreach (var atom in atoms)
        {
            if (atom.Kind == GlobAtomKind.Literal)
            {
                run.Append(atom.Literal.ToString());
                continue;
            }

            Flush();
            folded.Add(atom with { AnyCase = true });
        }

        Flush();
        return new GlobSegment([.. folded], IsAnyDepth);

        void Flush()
        {
            foreach (var rune in CaseFold.Of(run.ToString()).EnumerateRunes())
            {
                folded.Add(new GlobAtom(GlobAtomKind.Literal, rune));
            }

            run.Clear();
        }
    }

    private static string? LiteralOf(GlobAtom[] atoms) =>
        atoms.All(atom => atom.Kind == GlobAtomKind.Literal) ? string.Concat(atoms.Select(atom => atom.Literal.ToString())) : null;
}
