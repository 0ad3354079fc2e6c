using System.Text.Json;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>
/// What a message or tool may hold. A model provider that fetches a URL, searches the web or opens a stored file for the agent is a way out that
/// no egress rule sees: such parts are refused, whatever the backend.
/// </summary>
internal static class MessageRules
{
    public const int MaxToolName = 200;

    private static readonly string[] Roles = ["system", "developer", "user", "assistant", "tool"];

    public static OpenAiError? Check(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            return OpenAiError.Invalid("A message must be an object.", "messages");
        }

        if (message.Text("role") is not { } role || !Roles.Contains(role, StringComparer.Ordinal))
        {
            return OpenAiError.Invalid($"A message's role must be one of {string.Join(", ", Roles)}.", "messages.role");
        }

        if (role == "tool" && message.Text("tool_call_id") is null)
        {
            return OpenAiError.Invalid("A tool message must carry 'tool_call_id'.", "messages.tool_call_id");
        }

        return message.Items("content").Select(Part).FirstOrDefault(problem => problem is not null);
    }

    public static OpenAiError? CheckTool(JsonElement tool)
    {
        if (tool.Text("type") is not "function")
        {
            return OpenAiError.Invalid("Only tools of type 'function' are served: tools that run at the provider would act outside the policy.", "tools.type", ReasonCode.Unsupported);
        }

        return tool.TryGet("function", out var function) && function.Text("name") is { Length: > 0 and <= MaxToolName }
            ? null
            : OpenAiError.Invalid("A tool must have a function with a name.", "tools.function.name");
    }

    private static OpenAiError? Part(JsonElement part) => part.Text("type") switch
    {
        "text" or "refusal" or "input_audio" => null,
        "image_url" when part.TryGet("image_url", out var image) && image.Text("url") is { } url && url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) => null,
        "image_url" => OpenAiError.Invalid("Images must be data: URLs; the provider would fetch any other one for the agent.", "messages.content.image_url", ReasonCode.Unsupported),
        var type => OpenAiError.Invalid($"Content of type '{type}' is not served.", "messages.content.type", ReasonCode.Unsupported),
    };
}
