using System.Text;

namespace SecureAgent.Policy.Document.Yaml;

/// <summary>Text from a document inside a message: one line, bounded, without control characters that could drive a terminal.</summary>
internal static class Display
{
    private const int MaxShown = 80;

    public static string Short(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= MaxShown)
            {
                shown.Append('…');
                break;
            }

            var isDrivingText = Rune.IsControl(rune)
                || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
            shown.Append(isDrivingText ? $"\\u{rune.Value:x4}" : rune.ToString());
        }

        return shown.ToString();
    }
}
