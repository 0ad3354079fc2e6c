using System.Text;

namespace SecureAgent.Policy.Text;

/// <summary>Full compatibility decomposition (NFKD) of one code point.</summary>
internal static class Decomposition
{
    public static Rune[] Of(Rune rune)
    {
        if (rune.IsAscii)
        {
            return [rune];
        }

        if (Hangul.IsSyllable(rune.Value))
        {
            return Hangul.Decompose(rune.Value);
        }

        return UnicodeTables.Instance.Decompositions.TryGetValue(rune, out var parts) ? parts : [rune];
    }
}

/// <summary>Hangul syllables are computed, not listed (The Unicode Standard §3.12).</summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00;
    private const int Leading = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trailing = 0x11A7;
    private const int LeadingCount = 19;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;

    public static bool IsSyllable(int value) => value is >= Syllables and < Syllables + (LeadingCount * VowelCount * TrailingCount);

    public static Rune[] Decompose(int syllable)
    {
        var index = syllable - Syllables;
        var trailing = index % TrailingCount;
        var leading = new Rune(Leading + (index / (VowelCount * TrailingCount)));
        var vowel = new Rune(Vowels + (index / TrailingCount % VowelCount));
        return trailing == 0 ? [leading, vowel] : [leading, vowel, new Rune(Trailing + trailing)];
    }

    public static Rune? Compose(Rune first, Rune second)
    {
        var (leading, vowel) = (first.Value - Leading, second.Value - Vowels);
        if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
        {
            return new Rune(Syllables + (((leading * VowelCount) + vowel) * TrailingCount));
        }

        var trailing = second.Value - Trailing;
        var isOpen = IsSyllable(first.Value) && (first.Value - Syllables) % TrailingCount == 0;
        return isOpen && trailing is > 0 and < TrailingCount ? new Rune(first.Value + trailing) : null;
    }
}
