using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary>Objects of Anthropic's format.</summary>
internal static class MessagesWriter
{
    public static void Message(Utf8JsonWriter json, string id, string model, ChatAnswer answer, Usage usage)
    {
        Head(json, id, model);
        json.WriteStartArray("content");
        if (answer.Text.Length > 0 || answer.Calls.Count == 0)
        {
            json.WriteStartObject();
            json.WriteString("type", "text");
            json.WriteString("text", answer.Text);
            json.WriteEndObject();
        }

        foreach (var call in answer.Calls)
        {
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.Id);
            json.WriteString("name", call.Name);
            json.WritePropertyName("input");
            Input(json, call);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Stop(json, StopReason(answer.Finish));
        Usage(json, usage);
    }

    public static void Head(Utf8JsonWriter json, string id, string model)
    {
        json.WriteString("id", id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", model);
    }

    public static void Stop(Utf8JsonWriter json, string? reason)
    {
        json.WriteString("stop_reason", reason);
        json.WriteNull("stop_sequence");
    }

    public static void Usage(Utf8JsonWriter json, Usage usage) => json.Object("usage", figures =>
    {
        figures.WriteNumber("input_tokens", usage.Input);
        figures.WriteNumber("cache_creation_input_tokens", 0);
        figures.WriteNumber("cache_read_input_tokens", 0);
        figures.WriteNumber("output_tokens", usage.Output);
    });

    /// <summary>Chat completions do not say whether a stop sequence ended the answer.</summary>
    public static string StopReason(FinishReason finish) => finish switch
    {
        FinishReason.Calls => "tool_use",
        FinishReason.Length => "max_tokens",
        FinishReason.Filtered => "refusal",
        _ => "end_turn",
    };

    public static byte[] Error(OpenAiError error) => JsonBytes.Object(json =>
    {
        json.WriteString("type", "error");
        error.Write(json, TypeOf(error));
    });

    private static string TypeOf(OpenAiError error) => error.Status switch
    {
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status404NotFound => "not_found_error",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };

    private static void Input(Utf8JsonWriter json, ToolCall call)
    {
        try
        {
            using var input = JsonDocument.Parse(call.Arguments);
            if (input.RootElement.ValueKind == JsonValueKind.Object)
            {
                input.RootElement.WriteTo(json);
                return;
            }
        }
        catch (JsonException)
        {
            // What a model writes may be anything; here it must be an object.
        }

        throw ChatAnswer.Broken($"The model called '{call.Name}' with arguments that are no JSON object.");
    }
}
