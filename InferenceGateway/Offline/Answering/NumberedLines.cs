using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Answering;

/// <summary>Some agents' read tools number the lines ("  12→text", "12\ttext", "00012| text"): the numbers are not the file's.</summary>
internal static partial class NumberedLines
{
    public static string Strip(string text)
    {
        var lines = text.Split('\n');
        return lines.Length > 1 && lines.Where(line => line.Length > 0).All(line => Number().IsMatch(line))
            ? string.Join('\n', lines.Select(line => Number().Replace(line, "")))
            : text;
    }

    [GeneratedRegex(@"^\s{0,8}[0-9]{1,7}(?:→|\t|\| ?)")]
    private static partial Regex Number();
}
