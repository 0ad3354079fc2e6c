using System.Text.Json;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>What the gateway understands of a <c>POST /v1/chat/completions</c> body.</summary>
/// <param name="Body">The whole body, for backends that forward it.</param>
internal sealed record ChatRequest(string Model, IReadOnlyList<ChatMessage> Messages, JsonElement Body)
{
    /// <summary>The body as it came, in the words of its dialect.</summary>
    public JsonElement Asked { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    public ToolChoice ToolChoice { get; init; } = ToolChoice.Auto;

    /// <summary>Whether one answer may hold several tool calls.</summary>
    public bool ParallelToolCalls { get; init; } = true;

    public bool Stream { get; init; }

    /// <summary>Whether a streamed answer ends with a chunk that carries the usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>The caller's own bound on the answer, in tokens; null when it gave none.</summary>
    public long? MaxTokens { get; init; }
}

/// <param name="Parameters">JSON Schema of the arguments; undefined when the tool takes none.</param>
internal sealed record ToolDefinition(string Name, string Description, JsonElement Parameters);

internal enum ToolChoiceMode
{
    Auto,
    None,
    Required,
}

/// <param name="Function">The one function that must be called; null when any may.</param>
internal readonly record struct ToolChoice(ToolChoiceMode Mode, string? Function = null)
{
    public static ToolChoice Auto => default;
}
