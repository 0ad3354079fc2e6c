using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace SecureAgent.McpServer;

internal static class Client
{
    /// <summary>Prints <c>TOOL: text</c>, or <c>TOOL! text</c> where the answer is an error.</summary>
    public static async Task CallAsync(Uri url, IReadOnlyList<string> calls)
    {
        await using var client = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = url, TransportMode = HttpTransportMode.StreamableHttp }));
        Console.WriteLine($"tools: {string.Join(' ', (await client.ListToolsAsync()).Select(tool => tool.Name).Order(StringComparer.Ordinal))}");
        for (var at = 0; at < calls.Count; at += 2)
        {
            var answer = await client.CallToolAsync(calls[at], JsonSerializer.Deserialize<Dictionary<string, object?>>(calls[at + 1]));
            Console.WriteLine($"{calls[at]}{(answer.IsError == true ? '!' : ':')} {string.Concat(answer.Content.OfType<TextContentBlock>().Select(block => block.Text))}");
        }
    }
}
