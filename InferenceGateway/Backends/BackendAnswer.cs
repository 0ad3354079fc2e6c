using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Backends;

internal abstract record BackendAnswer
{
    /// <summary>A finished <c>chat.completion</c>.</summary>
    internal sealed record Whole(ReadOnlyMemory<byte> Json, Usage Usage) : BackendAnswer;

    /// <summary>Chunks as they are made. Throws <see cref="BackendFailedException"/> when the stream breaks; ends the upstream call when disposed.</summary>
    internal sealed record Streamed(IAsyncEnumerable<StreamChunk> Chunks) : BackendAnswer;

    internal sealed record Failed(OpenAiError Error) : BackendAnswer;
}

/// <summary>One <c>chat.completion.chunk</c>.</summary>
/// <param name="Tokens">Approximate tokens of the answer in it.</param>
/// <param name="Usage">The figures of the whole answer, in the chunk that carries them.</param>
/// <param name="IsUsageOnly">Whether it has nothing but figures, so that it is left out for a client that did not ask for them.</param>
internal readonly record struct StreamChunk(ReadOnlyMemory<byte> Json, long Tokens, Usage? Usage = null, bool IsUsageOnly = false);

/// <summary>An answer that had begun could not be finished.</summary>
internal sealed class BackendFailedException(OpenAiError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public OpenAiError Error { get; } = error;
}
