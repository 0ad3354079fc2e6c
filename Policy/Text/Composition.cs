using System.Text;

namespace SecureAgent.Policy.Text;

/// <summary>Canonical ordering and composition (UAX #15 §1.1 and §1.3) of decomposed text, in place.</summary>
internal static class Composition
{
    public static void Order(List<Rune> text)
    {
        for (var start = 0; start < text.Count;)
        {
            if (Rank(text[start]) == 0)
            {
                start++;
                continue;
            }

            var end = start + 1;
            while (end < text.Count && Rank(text[end]) != 0)
            {
                end++;
            }

            // Stable: marks of one class keep their order.
            var marks = text.GetRange(start, end - start).OrderBy(Rank).ToList();
            for (var at = 0; at < marks.Count; at++)
            {
                text[start + at] = marks[at];
            }

            start = end;
        }
    }

    public static void Compose(List<Rune> text)
    {
        var starter = -1;
        var (kept, lastRank) = (0, 0);
        for (var at = 0; at < text.Count; at++)
        {
            var rune = text[at];
            var rank = Rank(rune);
            var isBlocked = starter < 0 || (starter < kept - 1 && lastRank >= rank);
            if (!isBlocked && Pair(text[starter], rune) is { } composed)
            {
                text[starter] = composed;
                continue;
            }

            if (rank == 0)
            {
                starter = kept;
            }

            lastRank = rank;
            text[kept++] = rune;
        }

        text.RemoveRange(kept, text.Count - kept);
    }

    private static int Rank(Rune rune) =>
        rune.IsAscii ? 0 : UnicodeTables.Instance.CombiningClasses.GetValueOrDefault(rune);

    private static Rune? Pair(Rune first, Rune second) =>
        UnicodeTables.Instance.Compositions.TryGetValue((first, second), out var composed) ? composed : Hangul.Compose(first, second);
}
