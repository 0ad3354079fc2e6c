using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>
/// Which passages name a value that another passage retires ("moves from 12 September", "instead of 21 August"). Literal: the same date or
/// amount, and at least one topic word in common, so that an unrelated event on the same day is left alone.
/// </summary>
internal sealed class Supersession
{
    /// <summary>Changes looked at for one value: the text is the agent's, so the work is bounded.</summary>
    private const int MaxChangesPerValue = 16;

    private readonly Dictionary<Passage, Passage> retiredBy = new(ReferenceEqualityComparer.Instance);

    public Supersession(IReadOnlyList<Passage> passages)
    {
        var changes = passages
            .Where(passage => passage.Has(Cue.Change))
            .SelectMany(passage => passage.Values.Where(value => value.Old).Select(value => (value.Key, passage)))
            .GroupBy(pair => pair.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(pair => pair.passage).Take(MaxChangesPerValue).ToList(), StringComparer.Ordinal);
        foreach (var passage in passages)
        {
            var change = passage.Values.Where(value => !value.Old)
                .SelectMany(value => changes.GetValueOrDefault(value.Key, []))
                .FirstOrDefault(change => !ReferenceEquals(change, passage) && ShareTopic(change, passage));
            if (change is not null)
            {
                retiredBy[passage] = change;
            }
        }
    }

    /// <summary>The passage that says this one no longer holds; null when none does.</summary>
    public Passage? RetiredBy(Passage passage) => retiredBy.GetValueOrDefault(passage);

    /// <summary>What a passage retires, in reading order.</summary>
    public IEnumerable<Passage> Retired(Passage change) => retiredBy.Where(pair => ReferenceEquals(pair.Value, change)).Select(pair => pair.Key);

    private static bool ShareTopic(Passage a, Passage b) =>
        a.Stems.Concat(a.ContextStems).Intersect(b.Stems.Concat(b.ContextStems), StringComparer.Ordinal).Any(IsTopic);

    /// <summary>Month names and numbers are in both by construction.</summary>
    private static bool IsTopic(string stem) => stem.Length > 3 && !char.IsAsciiDigit(stem[0]) && !ValueFinder.IsMonth(stem);
}
