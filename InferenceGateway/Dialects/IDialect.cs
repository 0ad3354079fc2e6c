using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>
/// A wire format that agents speak. A request is put into chat completions, the one form that is judged, counted and served by backends, and the answer is put back;
/// no dialect decides anything.
/// </summary>
internal interface IDialect
{
    /// <summary>Name in audit records; a closed set.</summary>
    string Name { get; }

    /// <summary>The body of the same request as a chat completion. What cannot be said there is a <see cref="RequestRefusedException"/>.</summary>
    JsonElement ToChat(JsonElement body);

    /// <summary>A finished <c>chat.completion</c> in this format. One that makes no sense is a <see cref="BackendFailedException"/>.</summary>
    ReadOnlyMemory<byte> Whole(ChatRequest request, ReadOnlyMemory<byte> completion, Usage usage);

    IAnswerEvents Events(ChatRequest request, long promptTokens);

    byte[] Error(OpenAiError error);
}

/// <summary>One streamed answer, chunk by chunk.</summary>
internal interface IAnswerEvents
{
    IEnumerable<ServerEvent> Begin();

    /// <summary>What a chunk becomes. One that makes no sense is a <see cref="BackendFailedException"/>.</summary>
    IEnumerable<ServerEvent> Of(StreamChunk chunk);

    /// <summary>What marks the answer as whole: sent after the receipt.</summary>
    IEnumerable<ServerEvent> End(Usage usage);

    /// <summary>The answer ends here and is not whole.</summary>
    ServerEvent Broken(OpenAiError error);
}

/// <summary>A server-sent event (WHATWG HTML §9.2).</summary>
/// <param name="Data">One line.</param>
internal readonly record struct ServerEvent(string? Name, ReadOnlyMemory<byte> Data);
