using System.Globalization;
using System.Text;

namespace SecureAgent.FileGate.Editing;

/// <summary>The difference of two texts in unified format, with three lines of context.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>Cells of the table of common lines; texts that differ in more are shown as replaced.</summary>
    private const int MaxCells = 4_000_000;

    /// <summary>Empty when the texts are equal.</summary>
    public static string Of(string path, string before, string after) => Hunks(before, after) is { Length: > 0 } hunks ? $"--- {path}\n+++ {path}\n{hunks}" : "";

    /// <summary>Without the names.</summary>
    public static string Hunks(string before, string after)
    {
        var lines = Compare(Lines(before), Lines(after));
        var text = new StringBuilder();
        for (var at = 0; at < lines.Count;)
        {
            if (lines[at].Sign == ' ')
            {
                at++;
                continue;
            }

            var start = Math.Max(0, at - Context);
            var (end, last) = (at, at);
            while (end < lines.Count && end - last <= 2 * Context)
            {
                last = lines[end].Sign == ' ' ? last : end;
                end++;
            }

            end = Math.Min(lines.Count, last + Context + 1);
            Hunk(text, lines, start, end);
            at = end;
        }

        return text.ToString();
    }

    private static void Hunk(StringBuilder text, List<(char Sign, string Line)> lines, int start, int end)
    {
        var hunk = lines[start..end];
        var before = lines.Take(start).Count(line => line.Sign != '+');
        var after = lines.Take(start).Count(line => line.Sign != '-');
        var (old, now) = (hunk.Count(line => line.Sign != '+'), hunk.Count(line => line.Sign != '-'));
        text.Append(CultureInfo.InvariantCulture, $"@@ -{(old == 0 ? before : before + 1)},{old} +{(now == 0 ? after : after + 1)},{now} @@\n");
        foreach (var (sign, line) in hunk)
        {
            text.Append(sign).Append(line).Append(line.EndsWith('\n') ? "" : "\n\\ No newline at end of file\n");
        }
    }

    private static List<(char Sign, string Line)> Compare(List<string> before, List<string> after)
    {
        var head = 0;
        while (head < before.Count && head < after.Count && before[head] == after[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < before.Count - head && tail < after.Count - head && before[^(tail + 1)] == after[^(tail + 1)])
        {
            tail++;
        }

        List<(char, string)> lines = [.. before.Take(head).Select(line => (' ', line))];
        lines.AddRange(Middle(before[head..(before.Count - tail)], after[head..(after.Count - tail)]));
        lines.AddRange(before.TakeLast(tail).Select(line => (' ', line)));
        return lines;
    }

    private static IEnumerable<(char Sign, string Line)> Middle(List<string> before, List<string> after)
    {
        if ((long)(before.Count + 1) * (after.Count + 1) > MaxCells)
        {
            return before.Select(line => ('-', line)).Concat(after.Select(line => ('+', line)));
        }

        var common = new int[before.Count + 1, after.Count + 1];
        for (var i = before.Count - 1; i >= 0; i--)
        {
            for (var j = after.Count - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<(char, string)>();
        var (x, y) = (0, 0);
        while (x < before.Count || y < after.Count)
        {
            if (x < before.Count && y < after.Count && before[x] == after[y])
            {
                lines.Add((' ', before[x++]));
                y++;
            }
            else if (x < before.Count && (y == after.Count || common[x + 1, y] >= common[x, y + 1]))
            {
                lines.Add(('-', before[x++]));
            }
            else
            {
                lines.Add(('+', after[y++]));
            }
        }

        return lines;
    }

    /// <summary>Every line with its line break.</summary>
    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) is var at && at < 0 ? text.Length : at + 1;
            lines.Add(text[start..end]);
            start = end;
        }

        return lines;
    }
}
