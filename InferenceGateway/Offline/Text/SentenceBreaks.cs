namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>Where sentences end. Errs towards too long: a quote that runs on is worse to read but never wrong.</summary>
internal static class SentenceBreaks
{
    /// <summary>What runs on longer is no sentence; it is cut here, so that what is done to each passage stays small.</summary>
    private const int Longest = 1_000;

    private static readonly HashSet<string> Abbreviations = new(
        ["e.g", "i.e", "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "vs", "etc", "approx", "ca", "cf", "fig", "p", "pp", "vol", "jan", "feb", "mar",
         "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"],
        StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<(int Start, int End)> Cut(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var next = i + 1;
            var ends = text[i] is '.' or '!' or '?' && EndsHere(text, i, out next);
            if (!ends && i - start < Longest)
            {
                continue;
            }

            yield return (start, next);
            start = next;
        }

        if (start < text.Length)
            yield return (start, text.Length);
    }

    private static bool EndsHere(string text, int at, out int next)
    {
        next = at + 1;
        while (next < text.Length && text[next] is '"' or '\'' or ')' or '”' or '’' or '.' or '!' or '?' or '`' or '*')
            next++;
        if (next >= text.Length)
            return true;
        if (text[next] != ' ')
            return false;
        while (next < text.Length && text[next] == ' ')
            next++;
        return next >= text.Length || (!char.IsLower(text[next]) && !IsAbbreviated(text, at));
    }

    private static bool IsAbbreviated(string text, int at)
    {
        if (text[at] != '.')
            return false;
        var start = at;
        while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '.') && at - start < 8)
            start--;
        var word = text[start..at];

        // "12. September" and "A. Smith" go on; "by 10. We" does not.
        return Abbreviations.Contains(word) || (word.Length == 1 && char.IsLetter(word[0]))
            || (word.Length is 1 or 2 && word.All(char.IsAsciiDigit) && NamesMonth(text, at + 2));
    }

    private static bool NamesMonth(string text, int at)
    {
        var end = at;
        while (end < text.Length && char.IsLetter(text[end]))
        {
            end++;
        }

        return at < end && ValueFinder.IsMonth(text[at..end].ToLowerInvariant());
    }
}
