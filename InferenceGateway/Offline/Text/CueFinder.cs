using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>What a sentence looks like it carries, by its wording alone.</summary>
[Flags]
internal enum Cue
{
    None = 0,
    Date = 1,
    Amount = 2,
    Decision = 4,

    /// <summary>Says that something else no longer holds: moved, instead of, supersedes, takes over.</summary>
    Change = 8,
    Action = 16,
    Open = 32,
    Reason = 64,
    Person = 128,
    Number = 256,

    /// <summary>A bound or a duty: at most, at least, must not.</summary>
    Limit = 512,
}

/// <summary>Finds cues. Every pattern is bounded, because the text belongs to whoever wrote the files.</summary>
internal static partial class CueFinder
{
    public static Cue Find(string text)
    {
        var cues = Cue.None;
        if (ValueFinder.Dates().IsMatch(text))
            cues |= Cue.Date;
        if (ValueFinder.Amounts().IsMatch(text))
            cues |= Cue.Amount;
        if (Decision().IsMatch(text))
            cues |= Cue.Decision;
        if (Change().IsMatch(text))
            cues |= Cue.Change;
        if (Action().IsMatch(text))
            cues |= Cue.Action;
        if (Open().IsMatch(text))
            cues |= Cue.Open;
        if (Reason().IsMatch(text))
            cues |= Cue.Reason;
        if (Person().IsMatch(text))
            cues |= Cue.Person;
        if (Limit().IsMatch(text))
            cues |= Cue.Limit;
        if (text.AsSpan().ContainsAnyInRange('0', '9'))
            cues |= Cue.Number;
        return cues;
    }

    [GeneratedRegex(@"\b(?:decision|decided?|agreed?|approved|confirmed|chosen|chose|resolved|settled|set a (?:ceiling|limit))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Decision();

    [GeneratedRegex(
        @"\b(?:moves? (?:from|to)|moved|postponed|brought forward|supersedes?|superseded|replaces?|replaced|instead of|rather than|no longer|takes? over|took over|cancell?ed|rescheduled|extended (?:to|until)|changed (?:from|to)|new date|as of now)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Change();

    [GeneratedRegex(@"^\s{0,8}(?:[-*]\s+)?\[[ xX]\]|\b(?:todo|action|due|deadline|by [0-9]{1,2}|until [0-9]{1,2}|signs? up by)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Action();

    [GeneratedRegex(@"\?\s*$|\b(?:open question|tbd|unclear|undecided|not yet|so far only|nobody has)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Open();

    [GeneratedRegex(@"\b(?:at most|at least|no more than|must|mandatory|maximum|minimum|limit(?:ed)? to|ceiling|forbidden|only if)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Limit();

    [GeneratedRegex(@"\b(?:because|since|due to|so that|therefore|in order to|the reason)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Reason();

    /// <summary>A capitalised word before a verb of doing, or "Name: task", or an address.</summary>
    [GeneratedRegex(@"\b\p{Lu}\p{Ll}{1,20}(?::|\s+(?:leads?|takes?|signs?|draws?|organi[sz]es?|reports?|owns?|needs?|asks?|is|drives?|handles?|runs?|looks?)\b)|\w@\w")]
    private static partial Regex Person();
}
