using System.Text.Json;
using System.Text.Json.Nodes;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>A call the client demands (<c>tool_choice</c>): required arguments are filled by type, text ones with the task or the file it names.</summary>
internal static class ForcedCall
{
    public static PlannedCall To(IReadOnlyList<ToolDefinition> tools, string name, TaskReading task)
    {
        var schema = tools.FirstOrDefault(tool => tool.Name == name)?.Parameters ?? default;
        var arguments = new JsonObject();
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object
            && schema.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in required.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String))
            {
                var argument = item.GetString()!;
                arguments[argument] = properties.TryGetProperty(argument, out var property) ? Fill(property, argument, task) : task.Text;
            }
        }

        return new PlannedCall(name, arguments.ToJsonString());
    }

    private static JsonNode? Fill(JsonElement property, string name, TaskReading task)
    {
        if (property.ValueKind != JsonValueKind.Object)
        {
            return task.Text;
        }

        if (property.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
        {
            return JsonNode.Parse(values[0].GetRawText());
        }

        var type = property.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : "string";
        return type switch
        {
            "integer" or "number" => 0,
            "boolean" => false,
            "array" => new JsonArray(),
            "object" => new JsonObject(),
            "null" => null,
            _ => name.Contains("path", StringComparison.OrdinalIgnoreCase) ? task.NamedPaths.FirstOrDefault(".") : task.Text,
        };
    }
}
