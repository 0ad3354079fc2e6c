using System.Text.Json;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>A tool's answer that is a refusal or failure: nothing in it may be quoted as a file's content.</summary>
internal sealed record Refusal(string Reason)
{
    public static readonly Refusal NoAnswer = new("no_answer");

    /// <summary>
    /// Understands <c>{"error":{"reason":…}}</c> (ours), <c>{"error":"…"}</c>, and a single line that begins with "Error". Null for content.
    /// </summary>
    public static Refusal? Read(string result)
    {
        if (JsonText.TryParse(result, out var root) && root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var error))
        {
            return error.ValueKind switch
            {
                JsonValueKind.Object when error.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String => new(Short(reason.GetString()!)),
                JsonValueKind.String => new(Short(error.GetString()!)),
                JsonValueKind.Object => new("error"),
                _ => null,
            };
        }

        var text = result.Trim();
        return text.StartsWith("error", StringComparison.OrdinalIgnoreCase) && text.Length < 400 && !text.Contains('\n', StringComparison.Ordinal)
            ? new Refusal(Short(text))
            : null;
    }

    private static string Short(string text) => text.Length <= 120 ? text : text[..120];
}
