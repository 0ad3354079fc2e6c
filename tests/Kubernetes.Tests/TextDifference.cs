using System.Globalization;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>What changed between two sets of texts, for a reader: one entry a file, with the lines between the first and the last change.</summary>
internal static class TextDifference
{
    private const int MostLines = 20;

    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        [.. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal).Select(path => Of(path, before.GetValueOrDefault(path), after.GetValueOrDefault(path))).OfType<string>()];

    private static string? Of(string path, string? before, string? after)
    {
        if (before == after)
        {
            return null;
        }

        if (before is null || after is null)
        {
            return before is null
                ? string.Create(CultureInfo.InvariantCulture, $"{path} is new ({after!.Split('\n').Length - 1} lines)\n")
                : $"{path} is no longer published\n";
        }

        var (old, fresh) = (before.Split('\n'), after.Split('\n'));
        var start = old.Zip(fresh).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = old.Skip(start).Reverse().Zip(fresh.Skip(start).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        return string.Create(CultureInfo.InvariantCulture, $"{path}:{start + 1}\n{Lines("-", old[start..^end])}{Lines("+", fresh[start..^end])}");
    }

    private static string Lines(string sign, string[] lines) =>
        string.Concat(lines.Take(MostLines).Select(line => $"  {sign} {line}\n")) + (lines.Length > MostLines ? $"  {sign} … {lines.Length - MostLines} more\n" : "");
}
