namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>Who speaks. A role this version does not know is read as <see cref="User"/> text nobody acts on.</summary>
internal enum ChatRole
{
    System,
    User,
    Assistant,
    Tool,
}

/// <param name="Text">All text parts joined with newlines; parts that are not text are left out.</param>
/// <param name="ToolCallId">For <see cref="ChatRole.Tool"/>: the call this message answers.</param>
internal sealed record ChatMessage(
    ChatRole Role, string Text, IReadOnlyList<ToolCall> ToolCalls, string? ToolCallId = null);

/// <param name="Arguments">JSON text, as the model wrote it; may be anything.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments);
