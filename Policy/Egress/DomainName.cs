using System.Buffers;
using System.Globalization;
using System.Text;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Egress;

/// <summary>Internationalised names to A-labels (RFC 5890, UTS #46), strictly: what could be read in two ways is refused.</summary>
internal static class DomainName
{
    /// <summary>
    /// UTS #46 §6 deviations (ß, final sigma, joiners) become another name in one version of the standard than in the next: fine as an A-label, refused when
    /// written out. The ideographic full stops separate labels for some clients only.
    /// </summary>
    private static readonly SearchValues<char> Deviations = SearchValues.Create("\u00DF\u1E9E\u03C2\u200C\u200D");

    private static readonly SearchValues<char> ForeignDots = SearchValues.Create("\u3002\uFF61");

    /// <summary>Lower-case ASCII, or null.</summary>
    public static string? ToAscii(string text)
    {
        var name = Ascii.IsValid(text) ? text.ToLowerInvariant() : Encode(text);
        return name is null || (name.Contains("xn--", StringComparison.Ordinal) && !name.Split('.').All(IsValidLabel)) ? null : name;
    }

    private static string? Encode(string text)
    {
        if (text.AsSpan().ContainsAny(Deviations) || text.AsSpan().ContainsAny(ForeignDots))
        {
            return null;
        }

        var labels = CaseFold.Of(text).Split('.');
        for (var at = 0; at < labels.Length; at++)
        {
            if (Ascii.IsValid(labels[at]))
            {
                continue;
            }

            // IdnMapping treats these as dots itself; folding may have brought one in.
            if (labels[at].AsSpan().ContainsAny(ForeignDots) || Convert(idn => idn.GetAscii(labels[at])) is not { } label)
            {
                return null;
            }

            labels[at] = label;
        }

        return string.Join('.', labels);
    }

    /// <summary>An A-label must decode to letters beyond ASCII that are in their folded form and encode to the same A-label again.</summary>
    private static bool IsValidLabel(string label)
    {
        if (!label.StartsWith("xn--", StringComparison.Ordinal))
        {
            return true;
        }

        if (Convert(idn => idn.GetUnicode(label)) is not { } decoded || Ascii.IsValid(decoded))
        {
            return false;
        }

        if (!decoded.EnumerateRunes().All(IsPermitted) || IsMark(decoded.EnumerateRunes().First()))
        {
            return false;
        }

        var stable = string.Concat(decoded.Where(unit => !Deviations.Contains(unit)));
        return CaseFold.Of(stable) == stable && Convert(idn => idn.GetAscii(decoded)) == label;
    }

    /// <summary>RFC 5892 §2.1: letters, marks and decimal digits. Symbols, emoji among them, are no part of a host name there.</summary>
    private static bool IsPermitted(Rune rune) =>
        rune.IsAscii
        || rune.Value is 0x200C or 0x200D
        || IsMark(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.DecimalDigitNumber;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static string? Convert(Func<IdnMapping, string> convert)
    {
        try
        {
            return convert(new IdnMapping());
        }
        catch (ArgumentException)
        {
            // How IdnMapping says that a label is malformed; there is no Try form.
            return null;
        }
    }
}
