using System.Text;

namespace SecureAgent.Policy.Globs;

internal enum GlobKind
{
    /// <summary>Segments between slashes.</summary>
    Path,

    /// <summary>One segment; a slash is a character like any other.</summary>
    Name,
}

internal enum GlobAtomKind
{
    Literal,
    AnyOne,
    AnyRun,
    Class,
}

/// <summary>One element of a segment.</summary>
/// <param name="Ranges">Inclusive pairs of code points; <see cref="GlobAtomKind.Class"/> only.</param>
/// <param name="AnyCase">A class accepts a character when it accepts either case of it, so that a negated class cannot be dodged by case.</param>
internal readonly record struct GlobAtom(
    GlobAtomKind Kind, Rune Literal = default, (int Low, int High)[]? Ranges = null, bool Negated = false, bool AnyCase = false)
{
    public bool Accepts(Rune rune) => Kind switch
    {
        GlobAtomKind.Literal => rune == Literal,
        GlobAtomKind.AnyOne => true,
        GlobAtomKind.Class => InClass(rune) || (AnyCase && (InClass(Rune.ToUpperInvariant(rune)) || InClass(Rune.ToLowerInvariant(rune)))),
        _ => false,
    };

    private bool InClass(Rune rune)
    {
        foreach (var (low, high) in Ranges!)
        {
            if (rune.Value >= low && rune.Value <= high)
            {
                return !Negated;
            }
        }

        return Negated;
    }
}
