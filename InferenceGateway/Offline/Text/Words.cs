using System.Text;

namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>Text to stems. Stop words and one-letter words carry no topic and are left out.</summary>
internal static class Words
{
    /// <summary>A word longer than this is data (base64, a hash), not language.</summary>
    private const int LongestWord = 40;

    private static readonly HashSet<string> Stop = new(
        ("a an and any are as at be been before but by can could did do does for from get give had has have he her his i if in into is it its " +
         "let may me more most must my no not of on or our out please she should so some tell than that the their them then there these they this " +
         "those to up us was we were what when where which who whom whose why will with would you your how about all also am after again both each " +
         "just much many only other own per very via while such too")
        .Split(' '),
        StringComparer.Ordinal);

    public static List<string> Stems(string text)
    {
        var stems = new List<string>();
        foreach (var word in Split(text))
        {
            if (word.Length > 1 && !Stop.Contains(word))
                stems.Add(Stemmer.Stem(word));
        }

        return stems;
    }

    /// <summary>Lower-case runs of letters and digits. "3,000" is one word, "weir-hall" is two, "Ruth's" is "ruth".</summary>
    public static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : ' ';
            if (char.IsLetterOrDigit(c))
            {
                word.Append(char.ToLowerInvariant(c));
                continue;
            }

            if (c is ',' or '.' && i > 0 && i + 1 < text.Length && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1]))
            {
                word.Append(c);
                continue;
            }

            if (word.Length is > 0 and <= LongestWord && !(word.Length == 1 && word[0] == 's'))
                yield return word.ToString();
            word.Clear();
        }
    }
}
