using System.ComponentModel;
using System.Text;
using System.Text.Json.Serialization;

namespace SecureAgent.FileGate.Editing;

/// <summary>One replacement. The names are those of the well-known MCP filesystem server.</summary>
internal sealed record TextEdit(
    [property: JsonPropertyName("oldText"), Description("Text to find; must be there")] string OldText,
    [property: JsonPropertyName("newText"), Description("Text to put in its place")] string NewText);

internal enum EditFault
{
    None = 0,

    /// <summary>The text is not there.</summary>
    Missing,

    /// <summary>The edit touches a masked secret, or would unmask one.</summary>
    Secret,
}

/// <summary>
/// Replaces the first place where the old text is; failing that, the first run of lines that are the same but for white space at both ends, and then the
/// new lines are indented as the old ones were.
/// </summary>
internal static class TextEdits
{
    public static (MaskedText Text, EditFault Fault) Apply(MaskedText text, IReadOnlyList<TextEdit> edits)
    {
        var breaks = text.Raw.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        foreach (var edit in edits)
        {
            var (old, now) = (Encode(edit.OldText, breaks), Encode(edit.NewText, breaks));
            var start = old.Length == 0 ? -1 : text.Shown.IndexOf(old, StringComparison.Ordinal);
            var length = old.Length;
            if (start < 0 && (old.Length == 0 || !FindLines(text.Shown, old, ref now, breaks, out start, out length)))
            {
                return (text, EditFault.Missing);
            }

            if (text.IsHidden(start, length))
            {
                return (text, EditFault.Secret);
            }

            text = text.Replace(start, length, now);
        }

        return (text, text.WouldShowSecret() ? EditFault.Secret : EditFault.None);
    }

    private static string Encode(string text, string breaks) =>
        Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", breaks, StringComparison.Ordinal)));

    private static bool FindLines(string shown, string old, ref string now, string breaks, out int start, out int length)
    {
        (start, length) = (0, 0);
        var (lines, wanted) = (shown.Split(breaks), old.Split(breaks));
        for (var at = 0; at + wanted.Length <= lines.Length; at++)
        {
            if (wanted.Index().All(line => lines[at + line.Index].Trim() == line.Item.Trim()))
            {
                start = lines.Take(at).Sum(line => line.Length + breaks.Length);
                length = lines.Skip(at).Take(wanted.Length).Sum(line => line.Length) + (breaks.Length * (wanted.Length - 1));
                now = Indent(now.Split(breaks), wanted, IndentOf(lines[at]), breaks);
                return true;
            }
        }

        return false;
    }

    /// <summary>The first line gets the file's indentation; the others keep theirs relative to what they replace.</summary>
    private static string Indent(string[] now, string[] wanted, string indent, string breaks)
    {
        var asked = IndentOf(wanted[0]).Length;
        return string.Join(breaks, now.Select((line, at) =>
        {
            var own = IndentOf(line).Length;
            return at == 0 ? indent + line.TrimStart() : line.Trim().Length == 0 ? line : indent + new string(' ', Math.Max(0, own - asked)) + line.TrimStart();
        }));
    }

    private static string IndentOf(string line) => line[..(line.Length - line.TrimStart().Length)];
}
