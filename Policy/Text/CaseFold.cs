using System.Text;

namespace SecureAgent.Policy.Text;

/// <summary>
/// One spelling for all spellings that a folding file system or a resolver may take for the same name: Unicode NFKC_Casefold (UAX #31 §5.1),
/// so no case, no compatibility forms (fullwidth, ligatures, superscripts), no ignorable characters, marks composed.
/// </summary>
/// <remarks>Own tables, because .NET without ICU (InvariantGlobalization) returns text from <c>Normalize</c> unchanged.</remarks>
internal static class CaseFold
{
    /// <summary>Text that ASCII alone makes up, which is nearly all of it, costs a lower-casing and loads no table.</summary>
    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        var parts = new List<Rune>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            parts.AddRange(Decomposition.Of(rune));
        }

        // Before folding, too: the iota below a Greek letter is a mark until it is folded to a letter.
        Composition.Order(parts);
        var folded = new List<Rune>(parts.Count);
        foreach (var part in parts)
        {
            AddFolded(part, folded);
        }

        Composition.Order(folded);
        Composition.Compose(folded);
        return string.Concat(folded);
    }

    private static void AddFolded(Rune part, List<Rune> folded)
    {
        if (IsIgnorable(part.Value))
        {
            return;
        }

        // The only full case folding that decomposition does not already reach (CaseFolding.txt, status F).
        if (part.Value is 0xDF or 0x1E9E)
        {
            folded.Add(new Rune('s'));
            folded.Add(new Rune('s'));
            return;
        }

        folded.AddRange(Decomposition.Of(Rune.ToLowerInvariant(Rune.ToUpperInvariant(part))));
    }

    /// <summary>Default_Ignorable_Code_Point of the Unicode Character Database: ext4 and APFS skip these when they compare names.</summary>
    private static bool IsIgnorable(int value) => value switch
    {
        0xAD or 0x34F or 0x61C or 0x3164 or 0xFEFF or 0xFFA0 => true,
        >= 0x115F and <= 0x1160 => true,
        >= 0x17B4 and <= 0x17B5 => true,
        >= 0x180B and <= 0x180F => true,
        >= 0x200B and <= 0x200F => true,
        >= 0x202A and <= 0x202E => true,
        >= 0x2060 and <= 0x206F => true,
        >= 0xFE00 and <= 0xFE0F => true,
        >= 0xFFF0 and <= 0xFFF8 => true,
        >= 0x1BCA0 and <= 0x1BCA3 => true,
        >= 0x1D173 and <= 0x1D17A => true,
        >= 0xE0000 and <= 0xE0FFF => true,
        _ => false,
    };
}
