using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SecureAgent.Console.Runner;

/// <summary>Text of an agent, for a page: markup is the page's to escape; what is left to do is to show what else would act or hide.</summary>
internal static partial class AgentText
{
    /// <summary>Output as plain text: colours are dropped, lines and tabs kept, every other control and format character is shown as <c>\u{…}</c>.</summary>
    public static string Output(string text) => Show(Colours().Replace(text, ""), keepsLines: true);

    /// <summary>One line.</summary>
    public static string Line(string text) => Show(text, keepsLines: false);

    private static string Show(string text, bool keepsLines)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (keepsLines && rune.Value is (int)'\n' or (int)'\t')
            {
                shown.Append((char)rune.Value);
            }
            else if (keepsLines && rune.Value == '\r')
            {
                continue;
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                shown.Append(rune.ToString());
            }
        }

        return shown.ToString();
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();
}
