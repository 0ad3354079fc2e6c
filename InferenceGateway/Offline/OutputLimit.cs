using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline;

/// <summary>Ends an answer at its token limit, between lines: half a quote would be a false one.</summary>
internal sealed class OutputLimit(long? maxTokens)
{
    public long Tokens { get; private set; }

    public bool WasCut { get; private set; }

    /// <summary>Lines with their line breaks, until the limit.</summary>
    public IEnumerable<string> Cut(IEnumerable<string> lines)
    {
        var first = true;
        foreach (var line in lines)
        {
            var piece = first ? line : "\n" + line;
            first = false;
            var tokens = ApproximateTokens.Of(piece);
            if (Tokens + tokens > (maxTokens ?? long.MaxValue))
            {
                WasCut = true;
                yield break;
            }

            Tokens += tokens;
            yield return piece;
        }
    }
}
