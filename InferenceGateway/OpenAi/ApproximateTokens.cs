using System.Text;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>
/// Tokens where no tokeniser is at hand: one token per four UTF-8 bytes, rounded up, and four per message for its frame. Close enough for
/// English prose with byte-pair vocabularies (±20 %), high for digits and code.
/// </summary>
internal static class ApproximateTokens
{
    private const int BytesPerToken = 4;
    private const int PerMessage = 4;

    public static long Of(string text) => OfBytes(Encoding.UTF8.GetByteCount(text));

    public static long OfBytes(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;

    public static long OfPrompt(ChatRequest request)
    {
        var tokens = 0L;
        foreach (var message in request.Messages)
        {
            tokens += PerMessage + Of(message.Text) + message.ToolCalls.Sum(call => Of(call.Name) + Of(call.Arguments));
        }

        foreach (var tool in request.Tools)
        {
            tokens += PerMessage + Of(tool.Name) + Of(tool.Description)
                + (tool.Parameters.ValueKind == System.Text.Json.JsonValueKind.Undefined ? 0 : Of(tool.Parameters.GetRawText()));
        }

        return tokens;
    }
}
