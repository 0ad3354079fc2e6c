using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Http;

namespace SecureAgent.FileGate.Mcp;

/// <summary>The structured half of a tool's answer, as the well-known server has it: the text once more.</summary>
internal sealed record TextAnswer(string Content);

/// <summary>Tool results: text, or the same refusal JSON as on the other surfaces, marked as an error.</summary>
internal static class McpAnswers
{
    private static readonly JsonElement TextSchema = JsonElement.Parse("""{"type":"object","properties":{"content":{"type":"string"}},"required":["content"]}""");

    /// <summary>What all tools have in common: what they answer, and that they reach nothing but the workspace.</summary>
    public static void Describe(IEnumerable<McpServerTool> tools)
    {
        foreach (var tool in tools.Select(tool => tool.ProtocolTool))
        {
            (tool.Annotations ??= new()).OpenWorldHint = false;
            tool.OutputSchema = tool.Name == ReadTools.Media ? null : TextSchema;
        }
    }

    public static CallToolResult Text(string text) => new()
    {
        Content = [new TextContentBlock { Text = text }],
        StructuredContent = JsonSerializer.SerializeToElement(new TextAnswer(text), FileGateJson.Default.TextAnswer),
    };

    public static CallToolResult Media(ContentBlock block) => new()
    {
        Content = [block],
        StructuredContent = JsonSerializer.SerializeToElement(new { content = new[] { block } }, McpJsonUtilities.DefaultOptions),
    };

    /// <summary>What is wrong with the call itself.</summary>
    public static CallToolResult Wrong(string text) => new() { IsError = true, Content = [new TextContentBlock { Text = text }] };

    public static CallToolResult Refused(Refusal refusal) => Wrong(RefusalText(refusal));

    public static string RefusalText(Refusal refusal) =>
        JsonSerializer.Serialize(new RefusalResponse(refusal), FileGateJson.Default.RefusalResponse);
}
