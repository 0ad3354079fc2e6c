using System.Buffers;
using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>Writes parts of a chat completion's body that several dialects have in other words.</summary>
internal static class ChatBody
{
    /// <summary>A body is put some levels deeper than it came.</summary>
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 2 * ChatRequestReader.JsonOptions.MaxDepth };

    public static JsonElement Build(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory, Options);
        return document.RootElement.Clone();
    }

    /// <summary>A member as it is, under the name it has there.</summary>
    public static void Copy(Utf8JsonWriter json, JsonElement from, string name, string? to = null)
    {
        if (from.TryGet(name, out var value))
        {
            json.WritePropertyName(to ?? name);
            value.WriteTo(json);
        }
    }

    /// <summary>The caller's limit on the answer. Any other value than a whole number would be no limit.</summary>
    public static void Limit(Utf8JsonWriter json, JsonElement from, string name)
    {
        if (from.TryGet(name, out _) && from.Number(name) is null or < 1)
        {
            RequestRefusedException.Malformed(name, "must be a whole number of at least 1.");
        }

        Copy(json, from, name, "max_completion_tokens");
    }

    public static void Message(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    /// <summary>Text alone as a string, which every server takes; with images as parts.</summary>
    /// <param name="images">As <c>data:</c> URLs.</param>
    public static void Message(Utf8JsonWriter json, string role, IReadOnlyList<string> texts, IReadOnlyList<string> images)
    {
        if (images.Count == 0)
        {
            Message(json, role, string.Join('\n', texts));
            return;
        }

        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteStartArray("content");
        foreach (var text in texts)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        foreach (var image in images)
        {
            json.WriteStartObject();
            json.WriteString("type", "image_url");
            json.WriteStartObject("image_url");
            json.WriteString("url", image);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <param name="at">Where the tool stands in the request.</param>
    public static string ToolName(JsonElement tool, string at)
    {
        if (tool.Text("name") is not { Length: > 0 and <= MessageRules.MaxToolName } name)
        {
            RequestRefusedException.Malformed($"{at}.name", $"must be a name of 1 to {MessageRules.MaxToolName} characters.");
            return "";
        }

        return name;
    }

    public static void ToolAnswer(Utf8JsonWriter json, string call, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", call);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    /// <summary>What the model said and called before; either may be missing.</summary>
    public static void Assistant(Utf8JsonWriter json, string? text, IReadOnlyList<ToolCall> calls)
    {
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        CompletionWriter.WriteCalls(json, calls, indexed: false);
        json.WriteEndObject();
    }

    /// <param name="tool">Has maybe <c>description</c> and <c>strict</c>.</param>
    /// <param name="schema">Its member with the arguments' JSON Schema.</param>
    public static void Tool(Utf8JsonWriter json, string name, JsonElement tool, string schema)
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", name);
        Copy(json, tool, "description");
        Copy(json, tool, schema, "parameters");
        Copy(json, tool, "strict");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void OneFunction(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject("tool_choice");
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <param name="format">Has <c>schema</c>, and maybe <c>name</c> and <c>strict</c>.</param>
    public static void AnswerSchema(Utf8JsonWriter json, JsonElement format)
    {
        json.WriteStartObject("response_format");
        json.WriteString("type", "json_schema");
        json.WriteStartObject("json_schema");
        json.WriteString("name", format.Text("name") ?? "answer");
        Copy(json, format, "schema");
        json.WriteBoolean("strict", format.Flag("strict", otherwise: true));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
