using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>Topic stems of a task with a few everyday synonyms at a lower weight.</summary>
internal static class Query
{
    private const double SynonymWeight = 0.5;

    private static readonly string[] Groups =
    [
        "cost price budget amount spend expense money total fee",
        "deadline due date until by closing",
        "responsible lead owner charge handle",
        "visitor guest attendee people",
        "move postpone change reschedule shift",
        "risk danger problem concern issue",
        "decision decide agree choose",
        "task action todo step",
        "venue hall place location room",
        "start begin open opening",
    ];

    private static readonly Dictionary<string, string[]> Synonyms = Groups
        .Select(group => Words.Stems(group).Distinct(StringComparer.Ordinal).ToArray())
        .SelectMany(group => group.Select(stem => (stem, group)))
        .GroupBy(pair => pair.stem, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.SelectMany(pair => pair.group).Distinct(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);

    public static IReadOnlyDictionary<string, double> For(TaskReading task)
    {
        var query = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var synonym in task.Topics.SelectMany(topic => Synonyms.GetValueOrDefault(topic, [])))
            query[synonym] = SynonymWeight;
        foreach (var topic in task.Topics)
            query[topic] = 1;
        return query;
    }
}
