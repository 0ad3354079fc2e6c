using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>The functions a model may call, and whether it must.</summary>
internal static class ResponsesTools
{
    public static void Write(Utf8JsonWriter json, JsonElement body)
    {
        var functions = FunctionNames.Read(body);
        if (functions.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tools");
        foreach (var (name, function) in functions)
        {
            ChatBody.Tool(json, name, function.Tool, "parameters");
        }

        json.WriteEndArray();
        ChatBody.Copy(json, body, "parallel_tool_calls");
        if (body.TryGet("tool_choice", out var choice))
        {
            Choice(json, body, choice);
        }
    }

    private static void Choice(Utf8JsonWriter json, JsonElement body, JsonElement choice)
    {
        if (choice.Text("type") == "function" && choice.Text("name") is { } name)
        {
            ChatBody.OneFunction(json, FunctionNames.Join(choice.Text("namespace"), name));
        }
        else if (body.Text("tool_choice") is "auto" or "none" or "required")
        {
            ChatBody.Copy(json, body, "tool_choice");
        }
        else
        {
            RequestRefusedException.Unsupported("tool_choice", "must be auto, none, required, or an object of type function with a name.");
        }
    }
}
