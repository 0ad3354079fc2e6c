using System.Text.Json;
using ModelContextProtocol.Protocol;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Http;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Tool results: text, or the same refusal JSON as on the other surfaces, marked as an error.</summary>
internal static class McpAnswers
{
    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    public static CallToolResult Refused(Refusal refusal) => new()
    {
        IsError = true,
        Content = [new TextContentBlock { Text = RefusalText(refusal) }],
    };

    public static string RefusalText(Refusal refusal) =>
        JsonSerializer.Serialize(new RefusalResponse(refusal), FileGateJson.Default.RefusalResponse);
}
