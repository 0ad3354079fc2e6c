using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>The passages that answer a question best, best first.</summary>
internal static class QuestionSelector
{
    private const int MaxPassages = 10;

    /// <summary>Passages whose predecessor is added when the task asks why.</summary>
    private const int ReasonsFor = 2;

    /// <summary>A passage below this share of the best score is noise.</summary>
    private const double Floor = 0.3;

    /// <summary>Each passage already taken from a file makes the next one of that file count for less.</summary>
    private const double SameFile = 0.85;

    /// <summary>What a sentence of the wanted sort is worth against an equal one without it.</summary>
    private const double WantedCue = 2.0;

    /// <summary>What the sort alone is worth when the task asks for a sort ("every decision"), so that a sentence needs no word of the task.</summary>
    private const double AskedSort = 3.0;

    /// <summary>What is newest matters most where a value is asked for.</summary>
    private const double ChangeCue = 1.6;

    /// <summary>A question in the notes seldom answers one.</summary>
    private const double OpenCue = 0.6;

    public static IReadOnlyList<Passage> Select(Corpus corpus, TaskReading task)
    {
        var query = Query.For(task);
        var topics = task.Topics.ToHashSet(StringComparer.Ordinal);
        var scores = corpus.Passages
            .Where(passage => IsAbout(passage, topics) || IsOfAskedSort(passage, task.Kind))
            .Select(passage => (Passage: passage, Score: (corpus.Statistics.Score(passage, query) + Phrases(corpus, passage, task) + (IsOfAskedSort(passage, task.Kind) ? AskedSort : 0)) * Boost(passage, task.Kind)))
            .Where(pair => pair.Score > 0)
            .OrderByDescending(pair => pair.Score)
            .Take(200)
            .ToList();
        var taken = Diverse(scores);
        return WithChanges(task.Kind == TaskKind.Why ? WithReasons(taken, corpus) : taken, corpus.Changes);
    }

    /// <summary>Words that stand side by side in the task and in the passage: "open day" is more than "open" and "day".</summary>
    private static double Phrases(Corpus corpus, Passage passage, TaskReading task)
    {
        var score = 0.0;
        for (var i = 0; i + 1 < task.Topics.Count; i++)
        {
            for (var j = 0; j + 1 < passage.Stems.Count; j++)
            {
                if (passage.Stems[j] == task.Topics[i] && passage.Stems[j + 1] == task.Topics[i + 1])
                {
                    score += corpus.Statistics.Weight(task.Topics[i]) + corpus.Statistics.Weight(task.Topics[i + 1]);
                    break;
                }
            }
        }

        return score;
    }

    /// <summary>The sentence before a decision is often its reason, without saying "because".</summary>
    private static List<Passage> WithReasons(List<Passage> taken, Corpus corpus)
    {
        var passages = corpus.Passages;
        var reasons = taken.Take(ReasonsFor)
            .Select(passage => passages.IndexOf(passage))
            .Where(at => at > 0 && passages[at - 1].Source == passages[at].Source && passages[at - 1].Heading == passages[at].Heading)
            .Select(at => passages[at - 1]);
        return [.. taken.Take(ReasonsFor).Concat(reasons).Concat(taken.Skip(ReasonsFor)).Distinct()];
    }

    /// <summary>At least one word of the task itself, not only a synonym of one, in the sentence or its heading.</summary>
    private static bool IsAbout(Passage passage, HashSet<string> topics) => passage.Stems.Any(topics.Contains) || passage.ContextStems.Any(topics.Contains);

    private static double Boost(Passage passage, TaskKind kind) =>
        (passage.Has(Wanted(kind)) ? WantedCue : 1) * (passage.Has(Cue.Change) ? ChangeCue : 1) * (passage.Has(Cue.Open) && kind != TaskKind.Actions ? OpenCue : 1);

    private static bool IsOfAskedSort(Passage passage, TaskKind kind) =>
        kind is TaskKind.Decisions or TaskKind.Actions or TaskKind.Changes && passage.Has(Wanted(kind));

    private static Cue Wanted(TaskKind kind) => kind switch
    {
        TaskKind.When => Cue.Date,
        TaskKind.HowMuch => Cue.Amount,
        TaskKind.HowMany => Cue.Number,
        TaskKind.Who => Cue.Person,
        TaskKind.Why => Cue.Reason,
        TaskKind.Decisions => Cue.Decision,
        TaskKind.Actions => Cue.Action | Cue.Open,
        TaskKind.Changes => Cue.Change,
        _ => Cue.None,
    };

    private static List<Passage> Diverse(List<(Passage Passage, double Score)> scores)
    {
        var taken = new List<Passage>();
        var perFile = new Dictionary<string, int>(StringComparer.Ordinal);
        var floor = scores.Count == 0 ? 0 : scores[0].Score * Floor;
        while (taken.Count < MaxPassages && scores.Count > 0)
        {
            var best = scores.MaxBy(pair => pair.Score * Math.Pow(SameFile, perFile.GetValueOrDefault(pair.Passage.Source)));
            scores.Remove(best);
            if (best.Score < floor || taken.Exists(passage => passage.Text == best.Passage.Text))
            {
                continue;
            }

            taken.Add(best.Passage);
            perFile[best.Passage.Source] = perFile.GetValueOrDefault(best.Passage.Source) + 1;
        }

        return taken;
    }

    /// <summary>Puts the passage that retires another one right before it, even when its own score was too low.</summary>
    private static List<Passage> WithChanges(List<Passage> taken, Supersession changes)
    {
        var ordered = new List<Passage>();
        foreach (var passage in taken)
        {
            if (changes.RetiredBy(passage) is { } change && !ordered.Contains(change))
            {
                ordered.Add(change);
            }

            if (!ordered.Contains(passage))
            {
                ordered.Add(passage);
            }
        }

        return ordered;
    }
}
