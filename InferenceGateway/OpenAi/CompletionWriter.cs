using System.Buffers;
using System.Text.Json;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>Writes <c>chat.completion</c> and <c>chat.completion.chunk</c> objects for backends that generate here.</summary>
/// <param name="created">Seconds since 1970.</param>
internal sealed class CompletionWriter(string id, long created, string model, string fingerprint)
{
    public byte[] Whole(string? text, IReadOnlyList<ToolCall> calls, string finishReason, Usage usage) => Object("chat.completion", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        WriteCalls(json, calls, indexed: false);
        json.WriteEndObject();
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, usage);
    });

    public byte[] Role() => Delta(json =>
    {
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
    });

    public byte[] Text(string text) => Delta(json => json.WriteString("content", text));

    public byte[] Calls(IReadOnlyList<ToolCall> calls) => Delta(json => WriteCalls(json, calls, indexed: true));

    public byte[] Finish(string reason) => Delta(_ => { }, reason);

    /// <summary>The last chunk of a stream that was asked for with <c>include_usage</c>: no choices, only figures.</summary>
    public byte[] UsageOnly(Usage usage) => Object("chat.completion.chunk", json =>
    {
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, usage);
    });

    private byte[] Delta(Action<Utf8JsonWriter> delta, string? finishReason = null) => Object("chat.completion.chunk", json =>
    {
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        delta(json);
        json.WriteEndObject();
        json.WriteString("finish_reason", finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private byte[] Object(string kind, Action<Utf8JsonWriter> rest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("object", kind);
            json.WriteNumber("created", created);
            json.WriteString("model", model);
            json.WriteString("system_fingerprint", fingerprint);
            rest(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static void WriteCalls(Utf8JsonWriter json, IReadOnlyList<ToolCall> calls, bool indexed)
    {
        if (calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls");
        for (var i = 0; i < calls.Count; i++)
        {
            json.WriteStartObject();
            if (indexed)
            {
                json.WriteNumber("index", i);
            }

            json.WriteString("id", calls[i].Id);
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", calls[i].Name);
            json.WriteString("arguments", calls[i].Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.Input);
        json.WriteNumber("completion_tokens", usage.Output);
        json.WriteNumber("total_tokens", usage.Total);
        json.WriteEndObject();
    }
}
