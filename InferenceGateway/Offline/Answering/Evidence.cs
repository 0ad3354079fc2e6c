using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.Offline.Ranking;
using SecureAgent.InferenceGateway.Offline.Text;

namespace SecureAgent.InferenceGateway.Offline.Answering;

/// <param name="Refused">What was asked for and not given, with the reason the tool gave.</param>
internal sealed record Evidence(Corpus Corpus, IReadOnlyList<(string Path, string Reason)> Refused, IReadOnlyList<ListedEntry> Files)
{
    /// <summary>A user message with at least so many lines or characters holds the material itself.</summary>
    private const int MaterialLines = 6;
    private const int MaterialLength = 600;

    /// <summary>Characters quoted from, over all files.</summary>
    private const int MaxText = 1 << 20;

    public static Evidence Gather(Transcript transcript)
    {
        var reads = transcript.Of(ToolKind.Read).ToList();
        var room = MaxText;
        var sources = new List<Source>();
        foreach (var call in reads.Where(call => call.Refusal is null).DistinctBy(call => Paths.Normal(call.Argument)))
        {
            var text = NumberedLines.Strip(call.Result!);
            sources.Add(new Source(Paths.Normal(call.Argument), text.Length <= room ? text : text[..room]));
            room -= Math.Min(room, text.Length);
        }

        if (sources.Count == 0 && IsMaterial(transcript.Task))
        {
            sources.Add(new Source("message", transcript.Task.Length <= MaxText ? transcript.Task : transcript.Task[..MaxText]));
        }

        var refused = transcript.Calls.Where(call => call.Refusal is not null && call.Kind is (ToolKind.Read or ToolKind.List))
            .Select(call => (Paths.Normal(call.Argument) is { Length: > 0 } path ? path : "the folder", call.Refusal!.Reason)).Distinct().ToList();
        return new Evidence(new Corpus(sources), refused, [.. new Explorer(transcript).Files]);
    }

    public static bool IsMaterial(string task) => task.Length > MaterialLength || task.AsSpan().Count('\n') >= MaterialLines;
}
