using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>The passages that stand for the whole folder: central words, cues of fact, and every file heard once.</summary>
internal static class SummarySelector
{
    private const int MaxPassages = 26;
    private const int MaxPerFile = 4;

    /// <summary>Passages on the task's topics below which a summary of all of them says more.</summary>
    private const int EnoughOnTopic = 4;

    private static readonly (Cue Cue, double Worth)[] Worth =
    [
        (Cue.Change, 2.0), (Cue.Decision, 1.2), (Cue.Amount, 1.0), (Cue.Date, 1.0), (Cue.Reason, 0.5), (Cue.Action, 0.5), (Cue.Open, 0.9), (Cue.Limit, 0.9), (Cue.Number, 0.3), (Cue.Person, 0.4),
    ];

    public static IReadOnlyList<Passage> Select(Corpus corpus, TaskReading task)
    {
        var central = Centrality(corpus);
        var query = Query.For(task);
        var ranked = Scope(corpus, task)
            .Select(passage => (Passage: passage, Score: Score(passage, central) + corpus.Statistics.Score(passage, query) - (corpus.Changes.RetiredBy(passage) is null ? 0 : 1)))
            .OrderByDescending(pair => pair.Score)
            .Select(pair => pair.Passage)
            .DistinctBy(passage => passage.Text)
            .ToList();

        // One round hears every file, later rounds go by score.
        var first = ranked.DistinctBy(passage => passage.Source).Take(MaxPassages);
        var taken = first.Concat(ranked).Distinct()
            .GroupBy(passage => passage.Source).SelectMany(group => group.Take(MaxPerFile))
            .ToHashSet();
        var firstOfFiles = ranked.DistinctBy(passage => passage.Source).ToHashSet();
        return [.. ranked.Where(taken.Contains).OrderByDescending(firstOfFiles.Contains).Take(MaxPassages)];
    }

    /// <summary>
    /// What is to be summarised: the files or folders the task names; else what speaks of its topics, if that is enough for a summary; else all.
    /// </summary>
    private static List<Passage> Scope(Corpus corpus, TaskReading task)
    {
        var named = corpus.Passages.Where(passage => task.NamedPaths.Any(path => passage.Source == path || passage.Source.StartsWith(path + "/", StringComparison.Ordinal))).ToList();
        if (named.Count > 0)
        {
            return named;
        }

        var topical = corpus.Passages.Where(passage => passage.Stems.Any(task.Topics.Contains) || passage.ContextStems.Any(task.Topics.Contains)).ToList();
        return topical.Count >= EnoughOnTopic ? topical : corpus.Passages;
    }

    private static double Score(Passage passage, Dictionary<string, double> central)
    {
        var stems = passage.Stems.Distinct(StringComparer.Ordinal).ToList();
        if (stems.Count < 3)
        {
            return 0;
        }

        var topical = stems.Sum(stem => central.GetValueOrDefault(stem)) / Math.Sqrt(stems.Count);
        return topical + Worth.Where(cue => passage.Has(cue.Cue)).Sum(cue => cue.Worth) + (passage.IsFirst ? 0.6 : 0);
    }

    /// <summary>Weight of a stem for the folder as a whole: how many files speak of it, 0 for a word only one uses.</summary>
    private static Dictionary<string, double> Centrality(Corpus corpus)
    {
        var files = corpus.Passages
            .SelectMany(passage => passage.Stems.Select(stem => (stem, passage.Source)))
            .Distinct()
            .GroupBy(pair => pair.stem, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var most = Math.Max(1, corpus.Sources.Count);
        return files.Where(pair => pair.Value > 1).ToDictionary(pair => pair.Key, pair => (double)pair.Value / most, StringComparer.Ordinal);
    }
}
