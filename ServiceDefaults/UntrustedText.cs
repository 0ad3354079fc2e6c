using System.Globalization;
using System.Text;

namespace SecureAgent.ServiceDefaults;

/// <summary>
/// Text that did not come from us, made safe to show, on a terminal or a page: control and format characters, bidirectional overrides and whatever else
/// would act or hide is written as <c>\u{…}</c>. Markup is the page's to escape.
/// </summary>
public static class UntrustedText
{
    /// <summary>One line.</summary>
    public static string Line(string text) => Show(text, _ => null);

    /// <summary>Lines and tabs are kept, carriage returns dropped.</summary>
    public static string Lines(string text) => Show(text, rune => rune.Value switch
    {
        '\n' => "\n",
        '\t' => "\t",
        '\r' => "",
        _ => null,
    });

    /// <summary>One line that tells an escape from text that looks like one: backslashes are doubled.</summary>
    public static string Unambiguous(string text) => Show(text, rune => rune.Value == '\\' ? @"\\" : null);

    /// <param name="own">What a rune is written as; null for the common way.</param>
    private static string Show(string text, Func<Rune, string?> own)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            shown.Append(own(rune) ?? (ActsOrHides(rune) ? string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}") : rune.ToString()));
        }

        return shown.ToString();
    }

    private static bool ActsOrHides(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
