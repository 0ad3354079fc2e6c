using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary>A body of <c>POST /v1/messages</c> as a chat completion's. Members that have no counterpart there and act on this one answer only are left out.</summary>
internal static class MessagesReader
{
    /// <summary>They would have the provider act: reach servers, or run code.</summary>
    private static readonly string[] ActingMembers = ["mcp_servers", "container"];

    public static JsonElement ToChat(JsonElement body)
    {
        foreach (var name in ActingMembers)
        {
            if (body.TryGet(name, out var value) && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0))
            {
                RequestRefusedException.Unsupported(name, "is not served: it would act at the provider, outside the policy. Leave it out.");
            }
        }

        return ChatBody.Build(json =>
        {
            ChatBody.Copy(json, body, "model");
            ChatBody.Limit(json, body, "max_tokens");
            ChatBody.Copy(json, body, "stream");
            ChatBody.Copy(json, body, "temperature");
            ChatBody.Copy(json, body, "top_p");
            ChatBody.Copy(json, body, "stop_sequences", "stop");
            Messages(json, body);
            MessagesTools.Write(json, body);
            if (body.TryGet("output_config", out var output) && output.TryGet("format", out var format))
            {
                ChatBody.AnswerSchema(json, format);
            }
        });
    }

    private static void Messages(Utf8JsonWriter json, JsonElement body)
    {
        if (!body.TryGet("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            RequestRefusedException.Malformed("messages", "must be an array of at least one message.");
        }

        json.WriteStartArray("messages");
        if (body.TryGet("system", out var system))
        {
            ChatBody.Message(json, "system", MessagesContent.TextOnly(system, "system"));
        }

        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            Message(json, message, $"messages[{index++}]");
        }

        json.WriteEndArray();
    }

    private static void Message(Utf8JsonWriter json, JsonElement message, string field)
    {
        if (!message.TryGet("content", out var content))
        {
            RequestRefusedException.Malformed($"{field}.content", "must be text or an array of content blocks.");
        }

        switch (message.Text("role"))
        {
            case "system":
                ChatBody.Message(json, "system", MessagesContent.TextOnly(content, $"{field}.content"));
                break;
            case "user":
                User(json, MessagesContent.Read(content, $"{field}.content", ofUser: true));
                break;
            case "assistant":
                var said = MessagesContent.Read(content, $"{field}.content", ofUser: false);
                ChatBody.Assistant(json, said.Texts.Count == 0 ? null : string.Join('\n', said.Texts), said.Calls);
                break;
            default:
                RequestRefusedException.Malformed($"{field}.role", "must be user, assistant or system.");
                break;
        }
    }

    /// <summary>Answers of tools are messages of their own there, and hold text only: images among them follow as the user's.</summary>
    private static void User(Utf8JsonWriter json, MessagesContent content)
    {
        foreach (var (call, text) in content.Answers)
        {
            ChatBody.ToolAnswer(json, call, text);
        }

        if (content.Texts.Count + content.Images.Count > 0 || content.Answers.Count == 0)
        {
            ChatBody.Message(json, "user", content.Texts, content.Images);
        }
    }
}
