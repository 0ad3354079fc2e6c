using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>Reads a chat request, or says what is wrong with it and where.</summary>
internal static class ChatRequestReader
{
    /// <summary>Duplicate members are refused: two readers that disagree on which one counts would let a denied model through.</summary>
    public static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public const int MaxMessages = 10_000;
    private const int MaxTools = 512;

    /// <param name="body">An object.</param>
    public static bool TryRead(JsonElement body, [NotNullWhen(true)] out ChatRequest? request, [NotNullWhen(false)] out OpenAiError? error)
    {
        request = null;
        error = Check(body);
        if (error is not null)
        {
            return false;
        }

        request = new ChatRequest(body.Text("model")!, [.. body.Items("messages").Select(Message)], body)
        {
            Tools = [.. body.Items("tools").Select(Tool)],
            ToolChoice = Choice(body),
            ParallelToolCalls = body.Flag("parallel_tool_calls", otherwise: true),
            Stream = body.Flag("stream"),
            IncludeUsage = body.TryGet("stream_options", out var options) && options.Flag("include_usage"),
            MaxTokens = body.Number("max_completion_tokens") ?? body.Number("max_tokens"),
        };
        return true;
    }

    private static OpenAiError? Check(JsonElement body) => body switch
    {
        _ when body.Text("model") is not { Length: > 0 and <= 200 } => OpenAiError.Invalid("'model' must name a model; GET /v1/models lists them.", "model"),
        _ when !body.TryGet("messages", out var m) || m.ValueKind != JsonValueKind.Array || m.GetArrayLength() is 0 or > MaxMessages =>
            OpenAiError.Invalid($"'messages' must be an array of 1 to {MaxMessages} messages.", "messages"),
        _ when (body.Number("n") ?? 1) != 1 => OpenAiError.Invalid("Only n = 1 is served.", "n", ReasonCode.Unsupported),
        _ when (body.Number("max_completion_tokens") ?? body.Number("max_tokens") ?? 1) < 1 => OpenAiError.Invalid("The token limit must be at least 1.", "max_tokens"),
        _ when body.Items("tools").Count() > MaxTools => OpenAiError.Invalid($"At most {MaxTools} tools are served.", "tools"),
        _ => body.Items("messages").Select(MessageRules.Check).FirstOrDefault(problem => problem is not null)
            ?? body.Items("tools").Select(MessageRules.CheckTool).FirstOrDefault(problem => problem is not null),
    };

    private static ChatMessage Message(JsonElement message) => new(
        message.Text("role") switch
        {
            "system" or "developer" => ChatRole.System,
            "assistant" => ChatRole.Assistant,
            "tool" => ChatRole.Tool,
            _ => ChatRole.User,
        },
        Content(message),
        [.. message.Items("tool_calls").Where(call => call.TryGet("function", out _)).Select(Call)],
        message.Text("tool_call_id"));

    private static string Content(JsonElement message) =>
        message.Text("content") ?? string.Join('\n', message.Items("content").Select(part => part.Text("text")).OfType<string>());

    private static ToolCall Call(JsonElement call)
    {
        _ = call.TryGet("function", out var function);
        return new ToolCall(call.Text("id") ?? "", function.Text("name") ?? "", function.Text("arguments") ?? "");
    }

    private static ToolDefinition Tool(JsonElement tool)
    {
        _ = tool.TryGet("function", out var function);
        return new ToolDefinition(function.Text("name")!, function.Text("description") ?? "", function.TryGet("parameters", out var parameters) ? parameters : default);
    }

    private static ToolChoice Choice(JsonElement body)
    {
        if (!body.TryGet("tool_choice", out var choice))
        {
            return ToolChoice.Auto;
        }

        if (choice.ValueKind == JsonValueKind.Object)
        {
            return choice.TryGet("function", out var function) && function.Text("name") is { } name ? new(ToolChoiceMode.Required, name) : ToolChoice.Auto;
        }

        return body.Text("tool_choice") switch
        {
            "none" => new(ToolChoiceMode.None),
            "required" => new(ToolChoiceMode.Required),
            _ => ToolChoice.Auto,
        };
    }
}
