using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>One item of a response's output: text, or a call.</summary>
/// <param name="Function">What is called.</param>
internal sealed record OutputItem(string Id, string Text, ToolCall? Call, NamedFunction Function)
{
    public static OutputItem Of(string text) => new(Identifiers.New("msg", 20), text, null, default);

    /// <summary>A model may call what it was not offered: then by the name it gave.</summary>
    public static OutputItem Of(ToolCall call, IReadOnlyDictionary<string, NamedFunction> functions) =>
        new(Identifiers.New("fc", 20), "", call, functions.TryGetValue(call.Name, out var function) ? function : new NamedFunction(null, call.Name, default));

    /// <param name="isDone">One in progress has no content yet.</param>
    public void Write(Utf8JsonWriter json, bool isDone)
    {
        json.WriteString("id", Id);
        json.WriteString("type", Call is null ? "message" : "function_call");
        json.WriteString("status", isDone ? "completed" : "in_progress");
        if (Call is { } call)
        {
            json.WriteString("call_id", call.Id);
            json.WriteString("name", Function.Name);
            if (Function.Namespace is { } within)
            {
                json.WriteString("namespace", within);
            }

            json.WriteString("arguments", isDone ? call.Arguments : "");
            return;
        }

        json.WriteString("role", "assistant");
        json.WriteStartArray("content");
        if (isDone)
        {
            json.WriteStartObject();
            Part(json, Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void Part(Utf8JsonWriter json, string text)
    {
        json.WriteString("type", "output_text");
        json.WriteString("text", text);
        json.WriteStartArray("annotations");
        json.WriteEndArray();
        json.WriteStartArray("logprobs");
        json.WriteEndArray();
    }
}
