using System.Globalization;
using System.Text;

namespace SecureAgent.Policy.Text;

/// <summary>Two texts that differ in one place, as <c>diff -u</c> shows it and <c>patch</c> takes it.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>Empty when they are the same.</summary>
    public static string Of(string name, string from, string to)
    {
        var (old, now) = (Lines(from), Lines(to));
        var shorter = Math.Min(old.Length, now.Length);
        var before = 0;
        while (before < shorter && old[before] == now[before])
        {
            before++;
        }

        var after = 0;
        while (after < shorter - before && old[^(after + 1)] == now[^(after + 1)])
        {
            after++;
        }

        if (before == old.Length && before == now.Length)
        {
            return "";
        }

        var start = Math.Max(0, before - Context);
        var tail = Math.Min(after, Context);
        var (oldEnd, nowEnd) = (old.Length - after + tail, now.Length - after + tail);
        var diff = new StringBuilder();
        diff.Append(CultureInfo.InvariantCulture, $"--- {name}\n+++ {name}\n@@ -{Range(start, oldEnd)} +{Range(start, nowEnd)} @@\n");
        Write(diff, ' ', old[start..before], old.Length, start);
        Write(diff, '-', old[before..^after], old.Length, before);
        Write(diff, '+', now[before..^after], now.Length, before);
        Write(diff, ' ', old[(old.Length - after)..oldEnd], old.Length, old.Length - after);
        return diff.ToString();

        void Write(StringBuilder into, char sign, IEnumerable<string> lines, int count, int at)
        {
            var isTo = sign == '+';
            foreach (var line in lines)
            {
                into.Append(sign).Append(line).Append('\n');
                if (++at == count && !(isTo ? to : from).EndsWith('\n'))
                {
                    into.Append("\\ No newline at end of file\n");
                }
            }
        }
    }

    private static string Range(int start, int end) =>
        string.Create(CultureInfo.InvariantCulture, $"{(end == start ? start : start + 1)},{end - start}");

    private static string[] Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
}
