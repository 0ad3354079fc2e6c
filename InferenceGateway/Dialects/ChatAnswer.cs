using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>What a <c>chat.completion</c> says. Reasoning is left out: other formats want it signed by their provider.</summary>
internal sealed record ChatAnswer(string Text, IReadOnlyList<ToolCall> Calls, FinishReason Finish)
{
    public static ChatAnswer Read(ReadOnlyMemory<byte> completion)
    {
        using var document = JsonDocument.Parse(completion);
        var choice = document.RootElement.Items("choices").FirstOrDefault();
        if (!choice.TryGet("message", out var message))
        {
            throw Broken("The model server's answer holds no message.");
        }

        var calls = message.Items("tool_calls").Select(Call).ToList();
        return new ChatAnswer(message.Text("content") ?? message.Text("refusal") ?? "", calls, Finished(choice.Text("finish_reason"), calls.Count > 0));
    }

    public static FinishReason Finished(string? reason, bool hasCalls) => reason switch
    {
        "length" => FinishReason.Length,
        "content_filter" => FinishReason.Filtered,
        _ => hasCalls ? FinishReason.Calls : FinishReason.Stop,
    };

    public static BackendFailedException Broken(string message) => new(OpenAiError.Upstream(message));

    /// <summary>Some servers give calls no id; the agent's answer needs one to name.</summary>
    public static string CallId(string? theirs) => theirs is { Length: > 0 } ? theirs : ServiceDefaults.Identifiers.New("call", 20);

    private static ToolCall Call(JsonElement call)
    {
        if (!call.TryGet("function", out var function) || function.Text("name") is not { Length: > 0 } name)
        {
            throw Broken("The model server's answer has a tool call without a name.");
        }

        return new ToolCall(CallId(call.Text("id")), name, function.Text("arguments") is { Length: > 0 } arguments ? arguments : "{}");
    }
}

/// <summary>Why an answer ends.</summary>
internal enum FinishReason
{
    Stop,
    Calls,
    Length,
    Filtered,
}
