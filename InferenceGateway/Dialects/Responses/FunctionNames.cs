using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>A function as the agent calls it.</summary>
internal readonly record struct NamedFunction(string? Namespace, string Name, JsonElement Tool);

/// <summary>Chat completions know no namespaces: a function in one goes by both names joined, and comes back under its own.</summary>
internal static class FunctionNames
{
    public static string Join(string? within, string name) =>
        within is null ? name : within.EndsWith("__", StringComparison.Ordinal) ? within + name : $"{within}__{name}";

    /// <summary>By the name in chat completions, in their order.</summary>
    public static IReadOnlyDictionary<string, NamedFunction> Read(JsonElement body)
    {
        var functions = new OrderedDictionary<string, NamedFunction>(StringComparer.Ordinal);
        var index = 0;
        foreach (var tool in body.Items("tools"))
        {
            var at = $"tools[{index++}]";
            if (tool.Text("type") != "namespace")
            {
                Add(functions, null, tool, at);
                continue;
            }

            var within = ChatBody.ToolName(tool, at);
            var inner = 0;
            foreach (var function in tool.Items("tools"))
            {
                Add(functions, within, function, $"{at}.tools[{inner++}]");
            }
        }

        return functions;
    }

    private static void Add(OrderedDictionary<string, NamedFunction> functions, string? within, JsonElement tool, string at)
    {
        if (tool.Text("type") is not "function" and var type)
        {
            RequestRefusedException.Unsupported($"{at}.type", $"'{type}' is not served: only functions, which the agent runs; others would act at the provider, outside the policy.");
        }

        var name = ChatBody.ToolName(tool, at);
        var joined = Join(within, name);
        if (joined.Length > MessageRules.MaxToolName)
        {
            RequestRefusedException.Malformed($"{at}.name", $"is too long: with its namespace it may have {MessageRules.MaxToolName} characters.");
        }

        if (!functions.TryAdd(joined, new NamedFunction(within, name, tool)))
        {
            RequestRefusedException.Malformed($"{at}.name", $"'{joined}' stands twice among the tools; an answer could not say which it calls.");
        }
    }
}
