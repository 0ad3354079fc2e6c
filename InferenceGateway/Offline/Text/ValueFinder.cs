using System.Globalization;
using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>A date or amount in a sentence, in a form that compares across spellings: "12 September 2026" and "Sept. 12" are both "d:9-12".</summary>
/// <param name="Old">Whether the wording before it says that it no longer holds: "from X", "instead of X", "supersedes X".</param>
internal readonly record struct Value(string Key, bool Old);

internal static partial class ValueFinder
{
    private const string Months = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

    /// <summary>How far before a value, in characters, the wording that retires it may stand.</summary>
    private const int RetiringReach = 32;

    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    public static IReadOnlyList<Value> Find(string text)
    {
        var values = new List<Value>();
        foreach (Match match in Dates().Matches(text))
        {
            if (DateKey(match) is { } key)
                values.Add(new Value(key, IsRetired(text, match.Index)));
        }

        foreach (Match match in Amounts().Matches(text))
            values.Add(new Value("a:" + Digits(match.Value), IsRetired(text, match.Index)));
        return values;
    }

    [GeneratedRegex(
        @"\b(?<d>[0-9]{1,2})(?:st|nd|rd|th)?\.?\s(?:of\s)?(?<m>" + Months + @")\b|\b(?<m>" + Months + @")\.?\s(?<d>[0-9]{1,2})(?:st|nd|rd|th)?\b|\b[0-9]{4}-(?<n>[0-9]{2})-(?<d>[0-9]{2})\b" +
        @"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b[0-9]{1,2}:[0-9]{2}\b|\bQ[1-4]\s[0-9]{4}\b",
        RegexOptions.IgnoreCase)]
    public static partial Regex Dates();

    [GeneratedRegex(@"[€$£]\s?[0-9][0-9.,]{0,15}(?:\s?[kKmM]\b)?|\b[0-9][0-9.,]{0,15}\s?(?:EUR|USD|GBP|CHF|€|\$|£|euros?|dollars?|pounds?)(?!\w)", RegexOptions.IgnoreCase)]
    public static partial Regex Amounts();

    [GeneratedRegex(@"\b(?:from|instead of|rather than|replac(?:es?|ing)|supersed(?:es?|ing)|was|no longer|not)\b[^.;]{0,24}$", RegexOptions.IgnoreCase)]
    private static partial Regex Retiring();

    /// <summary>A second value between the wording and this one takes the blow: "from 12 to 26 September" retires the 12th only.</summary>
    [GeneratedRegex(@"\bto\s(?:\w{1,12}\s){0,2}$", RegexOptions.IgnoreCase)]
    private static partial Regex Arriving();

    /// <param name="word">Lower case; may be a stem.</param>
    public static bool IsMonth(string word) => word.Length >= 3 && Array.IndexOf(MonthNames, word[..3]) >= 0 && MonthWord().IsMatch(word);

    [GeneratedRegex("^(?:" + Months + ")$", RegexOptions.IgnoreCase)]
    private static partial Regex MonthWord();

    private static bool IsRetired(string text, int at)
    {
        var before = text[Math.Max(0, at - RetiringReach)..at];
        return Retiring().IsMatch(before) && !Arriving().IsMatch(before);
    }

    private static string? DateKey(Match match)
    {
        if (!match.Groups["d"].Success)
            return null;
        var day = int.Parse(match.Groups["d"].ValueSpan, CultureInfo.InvariantCulture);
        var month = match.Groups["n"].Success
            ? int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture)
            : Array.IndexOf(MonthNames, match.Groups["m"].Value[..3].ToLowerInvariant()) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"d:{month}-{day}");
    }

    private static string Digits(string amount) => string.Concat(amount.Where(char.IsAsciiDigit));
}
