using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>
/// Items as messages. What the model said and the calls that follow it are one message there; tools' answers hold text only, so images among them
/// follow as the user's.
/// </summary>
internal sealed class ResponsesItems(Utf8JsonWriter json)
{
    private readonly List<ToolCall> calls = [];
    private readonly List<string> images = [];
    private string? said;

    public void Add(JsonElement item, string at)
    {
        switch (item.Text("type"))
        {
            case "message" or null:
                Message(item, at);
                break;
            case "function_call":
                EndAnswers();
                calls.Add(new ToolCall(Required(item, at, "call_id"), FunctionNames.Join(item.Text("namespace"), Required(item, at, "name")), Required(item, at, "arguments")));
                break;
            case "function_call_output":
                EndAssistant();
                _ = item.TryGet("output", out var output);
                ChatBody.ToolAnswer(json, Required(item, at, "call_id"), ResponsesContent.Read(output, $"{at}.output", images));
                break;
            case "reasoning":
                // Of another model, or signed by its provider: chat completions have no place for it.
                break;
            case var type:
                RequestRefusedException.Unsupported($"{at}.type", $"'{type}' is not served; message, function_call, function_call_output and reasoning are.");
                break;
        }
    }

    public void End()
    {
        EndAssistant();
        EndAnswers();
    }

    private void Message(JsonElement item, string at)
    {
        _ = item.TryGet("content", out var content);
        EndAnswers();
        switch (item.Text("role"))
        {
            case "user":
                EndAssistant();
                var text = ResponsesContent.Read(content, $"{at}.content", images);
                ChatBody.Message(json, "user", text.Length > 0 || images.Count == 0 ? [text] : [], images);
                images.Clear();
                break;
            case "system" or "developer":
                EndAssistant();
                ChatBody.Message(json, "system", ResponsesContent.Read(content, $"{at}.content", images: null));
                break;
            case "assistant":
                EndAssistant();
                said = ResponsesContent.Read(content, $"{at}.content", images: null);
                break;
            default:
                RequestRefusedException.Malformed($"{at}.role", "must be user, assistant, system or developer.");
                break;
        }
    }

    private void EndAssistant()
    {
        if (said is not null || calls.Count > 0)
        {
            ChatBody.Assistant(json, said, calls);
            said = null;
            calls.Clear();
        }
    }

    private void EndAnswers()
    {
        if (images.Count > 0)
        {
            ChatBody.Message(json, "user", [], images);
            images.Clear();
        }
    }

    private static string Required(JsonElement item, string at, string name) => ResponsesContent.Required(item, at, name);
}
