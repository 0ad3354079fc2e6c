using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>Content of a message or of a tool's answer: text, or parts.</summary>
internal static class ResponsesContent
{
    /// <param name="images">Where images go, as <c>data:</c> URLs; null where none may stand.</param>
    /// <returns>The texts, joined.</returns>
    public static string Read(JsonElement content, string field, List<string>? images)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            return content.GetString()!;
        }

        if (content.ValueKind != JsonValueKind.Array)
        {
            RequestRefusedException.Malformed(field, "must be text or an array of content parts.");
        }

        var texts = new List<string>();
        var index = 0;
        foreach (var part in content.EnumerateArray())
        {
            var at = $"{field}[{index++}]";
            switch (part.Text("type"))
            {
                case "input_text" or "output_text" or "text":
                    texts.Add(Required(part, at, "text"));
                    break;
                case "refusal":
                    texts.Add(Required(part, at, "refusal"));
                    break;
                case "input_image" when images is not null:
                    images.Add(Image(part, at));
                    break;
                case var type:
                    RequestRefusedException.Unsupported($"{at}.type", $"'{type}' is not served; {(images is null ? "text is" : "input_text, output_text and input_image (a data: URL) are")}.");
                    break;
            }
        }

        return string.Join('\n', texts);
    }

    public static string Required(JsonElement item, string at, string name)
    {
        if (item.Text(name) is not { } text)
        {
            RequestRefusedException.Malformed($"{at}.{name}", "must be text.");
            return "";
        }

        return text;
    }

    private static string Image(JsonElement part, string at)
    {
        if (part.Text("image_url") is not { } url || !url.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            RequestRefusedException.Unsupported($"{at}.image_url", "must be a data: URL; the provider would fetch any other image for the agent.");
            return "";
        }

        return url;
    }
}
