using System.Text.Json;
using System.Text.Json.Serialization;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>The figures of an upstream's answer.</summary>
internal static class UpstreamUsage
{
    /// <summary>Null when there are none, or none that make sense.</summary>
    public static Usage? Read(JsonElement answer) =>
        answer.TryGet("usage", out var usage) && usage.Number("prompt_tokens") is { } input and >= 0 && (usage.Number("completion_tokens") ?? 0) is var output and >= 0
            ? new Usage(input, output, IsReported: true)
            : null;

    public static Usage Approximate(ChatRequest request, JsonElement answer) =>
        new(ApproximateTokens.OfPrompt(request), answer.Items("choices").Sum(choice => choice.TryGet("message", out var message) ? Of(message) : 0), IsReported: false);

    /// <summary>Approximate tokens of a message or delta: text, reasoning and tool calls.</summary>
    public static long Of(JsonElement message) =>
        OfText(message, "content") + OfText(message, "refusal") + OfText(message, "reasoning_content") + OfText(message, "reasoning")
        + (message.TryGet("tool_calls", out var calls) ? ApproximateTokens.Of(calls.GetRawText()) : 0);

    private static long OfText(JsonElement message, string name) => message.Text(name) is { } text ? ApproximateTokens.Of(text) : 0;
}

[JsonSerializable(typeof(JsonElement))]
internal sealed partial class UpstreamJson : JsonSerializerContext;
