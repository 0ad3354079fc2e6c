using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>
/// Okapi BM25 over passages (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.5: passages are short and alike in length).
/// Heading and file name count as a second field with less weight.
/// </summary>
internal sealed class Bm25
{
    private const double K1 = 1.2;
    private const double B = 0.5;
    private const double ContextWeight = 0.45;

    private readonly Dictionary<string, double> idf = new(StringComparer.Ordinal);
    private readonly double averageLength;

    public Bm25(IReadOnlyList<Passage> passages)
    {
        var documents = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var passage in passages)
        {
            foreach (var stem in passage.Stems.Concat(passage.ContextStems).Distinct(StringComparer.Ordinal))
                documents[stem] = documents.GetValueOrDefault(stem) + 1;
        }

        foreach (var (stem, count) in documents)
            idf[stem] = Math.Log(1 + ((passages.Count - count + 0.5) / (count + 0.5)));
        averageLength = passages.Count == 0 ? 1 : Math.Max(1, passages.Average(passage => passage.Stems.Count));
    }

    /// <summary>Rarity of a stem; 0 when no passage has it.</summary>
    public double Weight(string stem) => idf.GetValueOrDefault(stem);

    /// <param name="query">Stems with their weight.</param>
    public double Score(Passage passage, IReadOnlyDictionary<string, double> query)
    {
        var norm = K1 * (1 - B + (B * passage.Stems.Count / averageLength));
        var score = 0.0;
        foreach (var (stem, weight) in query)
        {
            var frequency = passage.Stems.Count(s => s == stem) + (passage.ContextStems.Contains(stem) ? ContextWeight : 0);
            if (frequency > 0)
                score += weight * Weight(stem) * frequency * (K1 + 1) / (frequency + norm);
        }

        return score;
    }
}
