using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>What a <c>chat.completion.chunk</c> adds to its answer.</summary>
internal sealed record ChatChunk(string Text, IReadOnlyList<ToolDelta> Calls, string? Finish)
{
    public static ChatChunk Read(ReadOnlyMemory<byte> chunk)
    {
        using var document = JsonDocument.Parse(chunk);
        var choice = document.RootElement.Items("choices").FirstOrDefault();
        _ = choice.TryGet("delta", out var delta);
        return new ChatChunk(delta.Text("content") ?? delta.Text("refusal") ?? "", [.. delta.Items("tool_calls").Select(Call)], choice.Text("finish_reason"));
    }

    private static ToolDelta Call(JsonElement call)
    {
        _ = call.TryGet("function", out var function);
        return new ToolDelta(call.Number("index") ?? 0, call.Text("id"), function.Text("name"), function.Text("arguments") ?? "");
    }
}

/// <param name="Id">In the first delta of a call, as <paramref name="Name"/>.</param>
internal readonly record struct ToolDelta(long Index, string? Id, string? Name, string Arguments);
