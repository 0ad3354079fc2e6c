using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary>Content blocks of one message by kind, each in its order.</summary>
internal sealed class MessagesContent
{
    public List<string> Texts { get; } = [];

    /// <summary>As <c>data:</c> URLs.</summary>
    public List<string> Images { get; } = [];

    public List<ToolCall> Calls { get; } = [];

    public List<(string Call, string Text)> Answers { get; } = [];

    public static MessagesContent Read(JsonElement content, string field, bool ofUser)
    {
        var read = new MessagesContent();
        foreach (var (block, at) in Blocks(content, field))
        {
            read.Add(block, at, ofUser);
        }

        return read;
    }

    public static string TextOnly(JsonElement content, string field)
    {
        var texts = new List<string>();
        foreach (var (block, at) in Blocks(content, field))
        {
            if (Kind(block) != "text")
            {
                RequestRefusedException.Unsupported($"{at}.type", $"'{Kind(block)}' is not served here: only text.");
            }

            texts.Add(Text(block, at));
        }

        return string.Join('\n', texts);
    }

    private void Add(JsonElement block, string at, bool ofUser)
    {
        switch (Kind(block), ofUser)
        {
            case ("text", _):
                Texts.Add(Text(block, at));
                break;
            case ("image", true):
                Images.Add(Image(block, at));
                break;
            case ("tool_result", true):
                Answer(block, at);
                break;
            case ("tool_use", false):
                Calls.Add(new ToolCall(Required(block, at, "id"), Required(block, at, "name"), block.TryGet("input", out var input) ? input.GetRawText() : "{}"));
                break;
            case ("thinking" or "redacted_thinking", false):
                // Reasoning of another model: chat completions have no place for it.
                break;
            case (var type, _):
                RequestRefusedException.Unsupported(
                    $"{at}.type", $"'{type}' is not served; {(ofUser ? "text, image (base64) and tool_result are" : "text, thinking and tool_use are")}.");
                break;
        }
    }

    private void Answer(JsonElement block, string at)
    {
        var call = Required(block, at, "tool_use_id");
        var texts = new List<string>();
        if (block.TryGet("content", out var content))
        {
            foreach (var (part, place) in Blocks(content, $"{at}.content"))
            {
                switch (Kind(part))
                {
                    case "text":
                        texts.Add(Text(part, place));
                        break;
                    case "image":
                        Images.Add(Image(part, place));
                        break;
                    case var type:
                        RequestRefusedException.Unsupported($"{place}.type", $"'{type}' is not served; text and image (base64) are.");
                        break;
                }
            }
        }

        var text = string.Join('\n', texts);
        Answers.Add((call, block.Flag("is_error") ? $"Error: {text}" : text));
    }

    private static string Image(JsonElement block, string at)
    {
        if (!block.TryGet("source", out var source) || source.Text("type") != "base64")
        {
            RequestRefusedException.Unsupported($"{at}.source.type", "must be base64; the provider would fetch any other image for the agent.");
        }

        return $"data:{Required(source, $"{at}.source", "media_type")};base64,{Required(source, $"{at}.source", "data")}";
    }

    /// <summary>Text alone stands for one block of it.</summary>
    private static IEnumerable<(JsonElement Block, string At)> Blocks(JsonElement content, string field)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return [(content, field)];
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            RequestRefusedException.Malformed(field, "must be text or an array of content blocks.");
        }

        return content.EnumerateArray().Select((block, i) => (block, $"{field}[{i}]"));
    }

    private static string? Kind(JsonElement block) => block.ValueKind == JsonValueKind.String ? "text" : block.Text("type");

    private static string Text(JsonElement block, string at) => block.ValueKind == JsonValueKind.String ? block.GetString()! : Required(block, at, "text");

    private static string Required(JsonElement block, string at, string name)
    {
        if (block.Text(name) is not { } text)
        {
            RequestRefusedException.Malformed($"{at}.{name}", "must be text.");
            return "";
        }

        return text;
    }
}
