using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>A body of <c>POST /v1/responses</c> as a chat completion's. Nothing is kept between requests, so what would need an earlier one is refused.</summary>
internal static class ResponsesReader
{
    private static readonly string[] StoredMembers = ["previous_response_id", "conversation", "prompt"];

    public static JsonElement ToChat(JsonElement body)
    {
        Refuse(body);
        var chat = ChatBody.Build(json =>
        {
            ChatBody.Copy(json, body, "model");
            ChatBody.Limit(json, body, "max_output_tokens");
            ChatBody.Copy(json, body, "stream");
            ChatBody.Copy(json, body, "temperature");
            ChatBody.Copy(json, body, "top_p");
            if (body.TryGet("reasoning", out var reasoning))
            {
                ChatBody.Copy(json, reasoning, "effort", "reasoning_effort");
            }

            if (body.TryGet("text", out var text))
            {
                ChatBody.Copy(json, text, "verbosity");
                Format(json, text);
            }

            json.WriteStartArray("messages");
            Input(json, body);
            json.WriteEndArray();
            ResponsesTools.Write(json, body);
        });
        if (chat.Items("messages").Count() > ChatRequestReader.MaxMessages)
        {
            RequestRefusedException.Malformed("input", $"is more than {ChatRequestReader.MaxMessages} messages; send a shorter conversation.");
        }

        return chat;
    }

    private static void Refuse(JsonElement body)
    {
        foreach (var name in StoredMembers)
        {
            if (body.TryGet(name, out _))
            {
                RequestRefusedException.Unsupported(name, "is not served: nothing is kept between requests. Send the whole conversation as 'input'.");
            }
        }

        if (body.Flag("store"))
        {
            RequestRefusedException.Unsupported("store", "must be false: nothing is kept between requests.");
        }

        if (body.Flag("background"))
        {
            RequestRefusedException.Unsupported("background", "must be false: an answer is given to the request that asks for it.");
        }
    }

    private static void Input(Utf8JsonWriter json, JsonElement body)
    {
        if (body.TryGet("instructions", out var instructions))
        {
            ChatBody.Message(json, "system", ResponsesContent.Read(instructions, "instructions", images: null));
        }

        _ = body.TryGet("input", out var input);
        if (input.ValueKind == JsonValueKind.String)
        {
            ChatBody.Message(json, "user", input.GetString()!);
            return;
        }

        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
        {
            RequestRefusedException.Malformed("input", "must be text or an array of at least one item.");
        }

        var items = new ResponsesItems(json);
        var index = 0;
        foreach (var item in input.EnumerateArray())
        {
            items.Add(item, $"input[{index++}]");
        }

        items.End();
    }

    private static void Format(Utf8JsonWriter json, JsonElement text)
    {
        if (!text.TryGet("format", out var format))
        {
            return;
        }

        switch (format.Text("type"))
        {
            case "text":
                break;
            case "json_schema":
                ChatBody.AnswerSchema(json, format);
                break;
            case "json_object":
                ChatBody.Copy(json, text, "format", "response_format");
                break;
            case var type:
                RequestRefusedException.Unsupported("text.format.type", $"'{type}' is not served; text, json_schema and json_object are.");
                break;
        }
    }
}
