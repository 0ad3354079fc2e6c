using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate.Bench;

/// <summary>The same .NET MCP client for every server; only the transport differs.</summary>
internal sealed class McpReader(McpClient client) : IAsyncDisposable
{
    public static async Task<McpReader> OverHttpAsync(HttpMessageHandler handler) => new(await McpClient.CreateAsync(new HttpClientTransport(
        new HttpClientTransportOptions { Endpoint = new Uri("http://session/mcp"), TransportMode = HttpTransportMode.StreamableHttp },
        new HttpClient(handler), ownsHttpClient: true)));

    public static Task<McpReader> OverSocketAsync(string path) => OverHttpAsync(UnixSocketHttp.Handler(path));

    public static async Task<McpReader> OverStdioAsync(string program, params string[] arguments) => new(await McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions { Name = "npm", Command = program, Arguments = arguments, StandardErrorLines = _ => { } })));

    /// <summary>Throws unless the answer is text of that many characters.</summary>
    public async Task ReadAsync(string path, int expected)
    {
        var answer = await client.CallToolAsync("read_text_file", new Dictionary<string, object?> { ["path"] = path });
        if (answer.IsError == true || answer.Content is not [TextContentBlock { Text: { } text }] || text.Length != expected)
        {
            throw new InvalidDataException($"not the file: {(answer.Content is [TextContentBlock said, ..] ? said.Text[..Math.Min(200, said.Text.Length)] : "")}");
        }
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();
}
