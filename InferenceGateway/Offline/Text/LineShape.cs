using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Text;

internal enum LineKind
{
    Text,
    Blank,
    Heading,
    Item,
    TableRow,

    /// <summary>A line that only draws: code fence, rule, table separator, underline of a heading.</summary>
    Rule,
}

/// <summary>What a line of Markdown or plain text is, by itself.</summary>
internal static partial class LineShape
{
    /// <param name="line">Trimmed.</param>
    public static LineKind Of(string line) => line switch
    {
        "" => LineKind.Blank,
        _ when Ruler().IsMatch(line) => LineKind.Rule,
        ['#', ..] => LineKind.Heading,
        ['|', ..] => LineKind.TableRow,
        _ when Mark().IsMatch(line) => LineKind.Item,
        _ => LineKind.Text,
    };

    /// <summary>"- [ ] Bram: call" → "[ ] Bram: call": the box says whether it is done and is part of the quote.</summary>
    public static string WithoutMark(string line) => line[Mark().Match(line).Length..];

    [GeneratedRegex(@"^(?:[-*+•]|[0-9]{1,3}[.)])\s+")]
    private static partial Regex Mark();

    [GeneratedRegex(@"^(?:```.{0,40}|~~~.{0,40}|[-=*_]{3,}|[|:\s-]{3,})$")]
    private static partial Regex Ruler();
}
