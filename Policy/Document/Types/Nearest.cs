using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>"Did you mean": the known word at the smallest edit distance.</summary>
public static class Nearest
{
    /// <summary>Ends an error message: the near word if there is one, else all known words.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        var words = known.ToList();
        var near = words.Select(candidate => (candidate, Distance: Distance(word, candidate)))
            .Where(pair => pair.Distance <= Math.Max(1, pair.candidate.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
        return near is not null ? $"did you mean '{near}'?"
            : words.Count == 0 ? "there is none to choose from"
            : $"use one of: {string.Join(", ", words.Select(Display.Short))}";
    }

    /// <summary>Damerau-Levenshtein, optimal string alignment; case differences are free. Long words are no typos of ours.</summary>
    private static int Distance(string left, string right)
    {
        if (left.Length > 64)
        {
            return int.MaxValue;
        }

        var (a, b) = (left.ToLowerInvariant(), right.ToLowerInvariant());
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var best = Math.Min(Math.Min(table[i - 1, j] + 1, table[i, j - 1] + 1), table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                var isSwap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                table[i, j] = isSwap ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
            }
        }

        return table[a.Length, b.Length];
    }
}
