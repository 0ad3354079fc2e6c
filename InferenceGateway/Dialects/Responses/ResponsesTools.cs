using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>The functions a model may call, and whether it must.</summary>
internal static class ResponsesTools
{
    public static void Write(Utf8JsonWriter json, JsonElement body)
    {
        var tools = body.Items("tools").ToList();
        if (tools.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tools");
        for (var i = 0; i < tools.Count; i++)
        {
            Check(tools[i], $"tools[{i}]");
            ChatBody.Tool(json, tools[i], "parameters");
        }

        json.WriteEndArray();
        ChatBody.Copy(json, body, "parallel_tool_calls");
        if (body.TryGet("tool_choice", out var choice))
        {
            Choice(json, body, choice);
        }
    }

    private static void Check(JsonElement tool, string at)
    {
        if (tool.Text("type") is not "function" and var type)
        {
            RequestRefusedException.Unsupported($"{at}.type", $"'{type}' is not served: only functions, which the agent runs; others would act at the provider, outside the policy.");
        }

        if (tool.Text("name") is not { Length: > 0 and <= 200 })
        {
            RequestRefusedException.Malformed($"{at}.name", "must be a name of 1 to 200 characters.");
        }
    }

    private static void Choice(Utf8JsonWriter json, JsonElement body, JsonElement choice)
    {
        if (choice.Text("type") == "function" && choice.Text("name") is { } name)
        {
            ChatBody.OneFunction(json, name);
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
