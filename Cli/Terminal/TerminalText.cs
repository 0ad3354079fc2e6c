using System.Globalization;
using System.Text;

namespace SecureAgent.Cli.Terminal;

/// <summary>Text that did not come from us, made safe to show: control and format characters become visible escapes.</summary>
internal static class TerminalText
{
    /// <summary>One line; newlines, escapes, bidirectional overrides and other controls are written as <c>\u{…}</c>.</summary>
    public static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                safe.Append(rune.ToString());
            }
        }

        return safe.ToString();
    }
}
