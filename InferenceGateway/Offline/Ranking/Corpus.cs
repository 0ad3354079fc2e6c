using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Ranking;

/// <summary>Everything that may be quoted, with the figures ranking needs.</summary>
internal sealed class Corpus
{
    /// <summary>Passages ranked for one answer; later ones are left out and the answer says so.</summary>
    public const int MaxPassages = 8_000;

    public Corpus(IReadOnlyList<Source> sources)
    {
        Sources = sources;
        var all = sources.SelectMany(PassageReader.Read);
        Passages = [.. all.Take(MaxPassages)];
        Statistics = new Bm25(Passages);
        Changes = new Supersession(Passages);
    }

    public IReadOnlyList<Source> Sources { get; }

    public List<Passage> Passages { get; }

    public Bm25 Statistics { get; }

    public Supersession Changes { get; }

    public bool IsCut => Passages.Count == MaxPassages;
}
