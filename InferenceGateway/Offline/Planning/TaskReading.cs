using System.Text.RegularExpressions;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>What kind of answer the task's wording asks for.</summary>
internal enum TaskKind
{
    Find,
    Summarise,
    ListFiles,
    When,
    HowMuch,
    HowMany,
    Who,
    Why,

    /// <summary>What was decided, what is to be done, what changed: asked by sort, not by topic.</summary>
    Decisions,
    Actions,
    Changes,
}

/// <summary>The user's task as this model reads it: a kind, topic stems, and the files it names.</summary>
internal sealed partial record TaskReading(string Text, TaskKind Kind, IReadOnlyList<string> Topics, IReadOnlyList<string> NamedPaths)
{
    /// <summary>Task text beyond this is treated as material, not as instruction.</summary>
    private const int MaxInstruction = 2_000;

    /// <summary>Words that say what to do with the notes and not what to look for.</summary>
    private static readonly HashSet<string> Instructions = Words.Stems(
        "summarise summarize summary summaries overview recap digest brief briefly outline explain describe read look check answer question note notes file files " +
        "folder folders directory document documents workspace content contents list show find search quote cite sentence sentences line lines key main point points " +
        "information detail details know important please make write short long give following say says said need needs use using anything everything something")
        .ToHashSet(StringComparer.Ordinal);

    public static TaskReading Read(string text)
    {
        var instruction = text.Length <= MaxInstruction ? text : text[..MaxInstruction];
        var topics = Words.Stems(NamedPath().Replace(instruction, " ")).Where(stem => !Instructions.Contains(stem)).Distinct(StringComparer.Ordinal).Take(24).ToList();
        return new TaskReading(instruction, KindOf(instruction, topics), topics, [.. NamedPath().Matches(instruction).Select(m => Paths.Normal(m.Value)).Distinct().Take(8)]);
    }

    private static TaskKind KindOf(string text, List<string> topics) => text switch
    {
        _ when Summary().IsMatch(text) => TaskKind.Summarise,
        _ when FileList().IsMatch(text) => TaskKind.ListFiles,
        _ when Actions().IsMatch(text) => TaskKind.Actions,
        _ when Changes().IsMatch(text) => TaskKind.Changes,
        _ when Decisions().IsMatch(text) => TaskKind.Decisions,
        _ when Count().IsMatch(text) => TaskKind.HowMany,
        _ when Quantity().IsMatch(text) => TaskKind.HowMuch,
        _ when Time().IsMatch(text) => TaskKind.When,
        _ when Person().IsMatch(text) => TaskKind.Who,
        _ when Cause().IsMatch(text) => TaskKind.Why,
        _ => topics.Count == 0 ? TaskKind.Summarise : TaskKind.Find,
    };

    [GeneratedRegex(@"\b(?:summar\w{1,8}|overview|tl;?dr|recap|digest|gist|brief me|key points|main points|what (?:is|are) (?:this|these|the (?:notes|files|documents))\b.{0,20}about)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Summary();

    [GeneratedRegex(@"\b(?:list|which|what|show)\s(?:\w{1,12}\s){0,3}(?:files|documents|folders)\b(?!.{0,40}\b(?:say|mention|contain|about|describe|discuss)s?\b)", RegexOptions.IgnoreCase)]
    private static partial Regex FileList();

    [GeneratedRegex(@"\b(?:to-?dos?|action items?|actions|(?:needs?|remains?|left) to (?:be done|do)|next steps|still open|open (?:questions?|points?|issues?))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Actions();

    [GeneratedRegex(@"\b(?:what (?:has |have |was )?changed|what changes|changes? (?:since|in|to|of))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Changes();

    [GeneratedRegex(@"\b(?:decisions?|(?:was|were|been|we) (?:decided|agreed))\b", RegexOptions.IgnoreCase)]
    private static partial Regex Decisions();

    [GeneratedRegex(@"\b(?:how many|number of)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Count();

    [GeneratedRegex(@"\b(?:how much|costs?|budget|price|spend|spent|total|amount|sum)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Quantity();

    [GeneratedRegex(@"\b(?:when|what (?:date|day|time)|which (?:date|day)|deadlines?|due|dates?|schedule)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Time();

    [GeneratedRegex(@"\b(?:who|whom|whose|responsible|in charge|owner)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Person();

    [GeneratedRegex(@"\b(?:why|reason|cause)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Cause();

    /// <summary>A word with an extension, a slash between words, or a leading dot: what people write when they mean a file.</summary>
    [GeneratedRegex(@"(?<![\w/.])(?:/?(?:[\w-]{1,60}/){0,8}(?:[\w-]{1,60}(?:\.[\w-]{1,20}){0,3}\.[a-zA-Z][a-zA-Z0-9]{0,7}|\.[a-z][\w.-]{1,30})|(?:[\w-]{1,60}/){1,8}[\w-]{1,60})(?![\w/])")]
    private static partial Regex NamedPath();
}
