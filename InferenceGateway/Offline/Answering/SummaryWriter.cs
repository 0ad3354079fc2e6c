using SecureAgent.InferenceGateway.Offline.Ranking;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Answering;

/// <summary>Groups the quotes of a summary by what they carry, so that a reader finds dates, money and open points without reading all.</summary>
internal static class SummaryWriter
{
    private static readonly (string Title, Cue Cue)[] Sections =
    [
        ("Changed since first written", Cue.Change),
        ("Decided", Cue.Decision),
        ("Still open", Cue.Open),
        ("Money", Cue.Amount),
        ("Dates and deadlines", Cue.Date),
        ("Limits and duties", Cue.Limit),
        ("Also", Cue.None),
    ];

    public static IEnumerable<string> Lines(IReadOnlyList<Passage> passages, Supersession changes)
    {
        var bySection = passages
            .Where(passage => changes.RetiredBy(passage) is not { } change || !passages.Contains(change))
            .ToLookup(SectionOf);
        var first = true;
        foreach (var (title, _) in Sections.Where(section => bySection.Contains(section.Title)))
        {
            if (!first)
            {
                yield return "";
            }

            first = false;
            yield return title;
            foreach (var passage in bySection[title].OrderBy(p => p.Source, StringComparer.Ordinal).ThenBy(p => p.Line))
            {
                yield return AnswerWriter.Quote(passage);
                foreach (var old in changes.Retired(passage).Take(3))
                {
                    yield return $"  no longer holds: \"{old.Text}\" ({old.Citation})";
                }
            }
        }
    }

    private static string SectionOf(Passage passage) => Sections.First(section => section.Cue == Cue.None || passage.Has(section.Cue)).Title;
}
