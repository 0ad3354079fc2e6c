namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>
/// Light English stemming: enough that "moves", "moved" and "moving" meet, little enough that unrelated words do not.
/// Words of other languages pass through with at most a plural ending removed.
/// </summary>
internal static class Stemmer
{
    /// <param name="word">Lower case.</param>
    public static string Stem(string word)
    {
        if (word.Length <= 3 || !char.IsAsciiLetterLower(word[^1]))
            return word;

        var stem = Plural(word);
        if (stem.Length > 5 && stem.EndsWith("ing", StringComparison.Ordinal))
            stem = Undouble(stem[..^3]);
        else if (stem.Length > 4 && stem.EndsWith("ed", StringComparison.Ordinal) && !stem.EndsWith("eed", StringComparison.Ordinal))
            stem = Undouble(stem[..^2]);
        else if (stem.Length > 5 && stem.EndsWith("ly", StringComparison.Ordinal))
            stem = stem[..^2];

        return stem.Length > 4 && stem[^1] == 'e' ? stem[..^1] : stem;
    }

    private static string Plural(string word)
    {
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4)
            return word[..^3] + "y";
        if (word.EndsWith("sses", StringComparison.Ordinal) || word.EndsWith("shes", StringComparison.Ordinal)
            || word.EndsWith("ches", StringComparison.Ordinal) || word.EndsWith("xes", StringComparison.Ordinal))
            return word[..^2];
        return word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i') ? word[..^1] : word;
    }

    /// <summary>"plann" → "plan"; "call" and "press" keep their letters.</summary>
    private static string Undouble(string stem) =>
        stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('l' or 's' or 'z') ? stem[..^1] : stem;
}
