namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>Where sentences end. Errs towards too long: a quote that runs on is worse to read but never wrong.</summary>
internal static class SentenceBreaks
{
    private static readonly HashSet<string> Abbreviations = new(
        ["e.g", "i.e", "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "vs", "etc", "approx", "ca", "cf", "fig", "p", "pp", "vol", "jan", "feb", "mar",
         "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"],
        StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<(int Start, int End)> Cut(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('.' or '!' or '?') || !EndsHere(text, i, out var next))
                continue;
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

        // "12. September", "A. Smith" go on; "at 14:00. We" does not, because the digits before the dot are not alone.
        return Abbreviations.Contains(word) || (word.Length == 1 && char.IsLetter(word[0]))
            || (word.Length is 1 or 2 && word.All(char.IsAsciiDigit) && (start == 0 || text[start - 1] == ' ') && at + 2 < text.Length && char.IsLetter(text[at + 2]));
    }
}
