using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary>The tools a model may call, and whether it must. Only those that the agent itself runs and describes.</summary>
internal static class MessagesTools
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
            ChatBody.Tool(json, ChatBody.ToolName(tools[i], $"tools[{i}]"), tools[i], "input_schema");
        }

        json.WriteEndArray();
        if (body.TryGet("tool_choice", out var choice))
        {
            Choice(json, choice);
        }
    }

    private static void Check(JsonElement tool, string at)
    {
        if (tool.Text("type") is not (null or "custom") and var type)
        {
            RequestRefusedException.Unsupported($"{at}.type", $"'{type}' is not served: only tools with an input_schema, which the agent runs; others would act at the provider, outside the policy.");
        }
    }

    private static void Choice(Utf8JsonWriter json, JsonElement choice)
    {
        switch (choice.Text("type"))
        {
            case "auto" or "none":
                ChatBody.Copy(json, choice, "type", "tool_choice");
                break;
            case "any":
                json.WriteString("tool_choice", "required");
                break;
            case "tool" when choice.Text("name") is { } name:
                ChatBody.OneFunction(json, name);
                break;
            default:
                RequestRefusedException.Malformed("tool_choice", "must be an object whose type is auto, any, none, or tool with a name.");
                break;
        }

        if (choice.Flag("disable_parallel_tool_use"))
        {
            json.WriteBoolean("parallel_tool_calls", false);
        }
    }
}
