using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>One tool call of the chat with its answer; <see cref="Result"/> is null when the chat holds none.</summary>
internal sealed record PastCall(ToolKind Kind, string Argument, string? Result)
{
    public Refusal? Refusal { get; } = Result is null ? Planning.Refusal.NoAnswer : Planning.Refusal.Read(Result);
}

/// <summary>
/// What the chat so far says: the model keeps nothing between requests, so this is all its state.
/// </summary>
/// <param name="Task">Text of the last user message.</param>
/// <param name="CallsSinceTask">Tool calls made after the last user message: what bounds the plan.</param>
internal sealed record Transcript(string Task, IReadOnlyList<PastCall> Calls, int CallsSinceTask)
{
    public static Transcript Read(IReadOnlyList<ChatMessage> messages, ToolCatalog tools)
    {
        var results = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var message in messages.Where(m => m.Role == ChatRole.Tool && m.ToolCallId is not null))
            results[message.ToolCallId!] = message.Text;

        var calls = new List<PastCall>();
        var task = "";
        var since = 0;
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.User)
                (task, since) = (message.Text, 0);
            foreach (var call in message.ToolCalls)
            {
                since++;
                calls.Add(new PastCall(tools.KindOf(call.Name), CallArguments.Read(call.Arguments), results.GetValueOrDefault(call.Id)));
            }
        }

        return new Transcript(task, calls, since);
    }

    public IEnumerable<PastCall> Of(ToolKind kind) => Calls.Where(call => call.Kind == kind);
}
