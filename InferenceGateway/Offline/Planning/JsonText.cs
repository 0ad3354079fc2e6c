using System.Text.Json;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>Text of a tool that may or may not be JSON.</summary>
internal static class JsonText
{
    public static bool TryParse(string text, out JsonElement root)
    {
        root = default;
        var start = text.AsSpan().TrimStart();
        if (start.IsEmpty || start[0] is not ('{' or '['))
            return false;
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            root = document.RootElement.Clone();
            return true;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return false; // ArgumentException: a lone surrogate has no UTF-8 form
        }
    }
}
