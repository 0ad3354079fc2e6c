namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>A document the model was shown: a file a tool read, or a long user message.</summary>
internal sealed record Source(string Name, string Text);

/// <summary>One quotable sentence, list item or table row.</summary>
/// <param name="Source">The file's name, as cited.</param>
/// <param name="Line">Line the sentence begins on, from 1.</param>
/// <param name="Text">The sentence as it stands, with line breaks turned into spaces and list marks removed.</param>
/// <param name="Heading">Title, heading and table columns it stands under; empty when there are none.</param>
/// <param name="IsFirst">Whether it is the first sentence of its document.</param>
internal sealed record Passage(string Source, int Line, string Text, string Heading, bool IsFirst)
{
    public IReadOnlyList<string> Stems { get; } = Words.Stems(Text);

    /// <summary>Stems of heading and file name: they say what the sentence is about when it does not say so itself.</summary>
    public IReadOnlyList<string> ContextStems { get; } = [.. Words.Stems(Heading), .. Words.Stems(Path.ChangeExtension(Source, null))];

    public Cue Cues { get; } = CueFinder.Find(Text);

    public IReadOnlyList<Value> Values { get; } = ValueFinder.Find(Text);

    public bool Has(Cue cue) => (Cues & cue) != 0;

    public string Citation => $"{Source}:{Line}";
}
