using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// A call that is none, of a tool that is none or without what the tool needs, is answered and no more: its caller is told what is wrong with it. The MCP server would write an error with
/// a stack trace for each.
/// </summary>
internal static class WrongCalls
{
    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Answer(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => async (request, cancellationToken) =>
    {
        if (request.MatchedPrimitive is not McpServerTool tool)
        {
            return McpAnswers.Wrong("There is no tool of this name; tools/list tells which there are.");
        }

        if (Fault(tool.ProtocolTool.InputSchema, request.Params?.Arguments) is { } fault)
        {
            return McpAnswers.Wrong(fault);
        }

        return await next(request, cancellationToken);
    };

    /// <summary>What is wrong with arguments by the tool's own schema; null when nothing is.</summary>
    private static string? Fault(JsonElement schema, IDictionary<string, JsonElement>? arguments)
    {
        var properties = schema.GetProperty("properties");
        if (schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => arguments?.ContainsKey(name) != true) is { } missing)
        {
            return $"'{missing}' is missing; the tool needs it.";
        }

        return arguments?.Where(argument => properties.TryGetProperty(argument.Key, out var type) && !Is(argument.Value, type))
            .Select(argument => $"'{argument.Key}' is not what the tool takes; tools/list tells what it is.").FirstOrDefault();
    }

    /// <summary>The part of JSON Schema that schemas of tools use. What it does not know passes.</summary>
    private static bool Is(JsonElement value, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type))
        {
            return true;
        }

        var types = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()) : [type.GetString()];
        return types.Any(name => name switch
        {
            "null" => value.ValueKind == JsonValueKind.Null,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
            "array" => value.ValueKind == JsonValueKind.Array && (!schema.TryGetProperty("items", out var items) || value.EnumerateArray().All(item => Is(item, items))),
            "object" => value.ValueKind == JsonValueKind.Object
                && (!schema.TryGetProperty("properties", out var members) || value.EnumerateObject().All(member => !members.TryGetProperty(member.Name, out var inner) || Is(member.Value, inner))),
            _ => true,
        });
    }
}
