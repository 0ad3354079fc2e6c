using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace SecureAgent.FileGate.Tests;

/// <summary>The most frequent call of MCP is answered without the MCP server: with the same words, and only when it is exactly that call.</summary>
public sealed class PlainReadTests
{
    private const string Json = "application/json";
    private const string Latest = "2026-07-28";

    private const string Meta = """
        {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": {}}
        """;

    [Theory]
    [InlineData("/workspace/a.txt")]
    [InlineData("a.txt")]
    [InlineData("secret.txt")]
    [InlineData("emoji.txt")]
    [InlineData("binary")]
    [InlineData("long.txt")]
    [InlineData("long.bin")]
    [InlineData("denied.txt")]
    [InlineData("missing.txt")]
    [InlineData("../a.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public async Task Answer_IsTheMcpServers(string path)
    {
        await using var gate = await OpenAsync();
        foreach (var version in new[] { "2025-06-18", Latest })
        {
            var plain = await SendAsync(gate, Call(path, version), version);
            var served = await SendAsync(gate, Call(path, version, """, "unknown": 1"""), version);

            Assert.Equal((Json, "text/event-stream"), (plain.Type, served.Type));
            Assert.True(JsonNode.DeepEquals(served.Body["result"]!["content"], plain.Body["result"]!["content"]), path);
            Assert.True(JsonNode.DeepEquals(served.Body["result"]!["structuredContent"], plain.Body["result"]!["structuredContent"]), path);
            Assert.Equal((bool?)served.Body["result"]!["isError"] ?? false, (bool?)plain.Body["result"]!["isError"] ?? false);
            Assert.Equal(7, (int)plain.Body["id"]!);
        }

        var records = gate.Records().Where(record => record.Facts.ContainsKey("op")).ToList();
        Assert.Equal(4, records.Count);
        Assert.Single(records.Select(record => (record.Subject, record.Reason, record.Facts["op"], record.Number("masked"))).Distinct());
    }

    [Theory]
    [InlineData("id", "\"text\"", true)]
    [InlineData("id", "null", false)]
    [InlineData("method", "\"tools/list\"", false)]
    [InlineData("jsonrpc", "\"1.0\"", false)]
    [InlineData("extra", "1", false)]
    public async Task Message_ThatIsNotExactlyThis_GoesToTheMcpServer(string member, string value, bool isPlain)
    {
        await using var gate = await OpenAsync();
        var call = JsonNode.Parse(Call("a.txt", "2025-06-18"))!;
        call[member] = JsonNode.Parse(value);

        using var response = await PostAsync(gate, call.ToJsonString(), "2025-06-18");

        Assert.Equal(isPlain, response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentType?.MediaType == Json);
    }

    [Fact]
    public async Task Name_GivenTwice_IsNotReadHere()
    {
        await using var gate = await OpenAsync();

        var answer = await SendAsync(gate, Call("a.txt", "2025-06-18", """, "path": "denied.txt" """), "2025-06-18");

        Assert.NotEqual(Json, answer.Type);
    }

    [Theory]
    [InlineData("Mcp-Method", "tools/list")]
    [InlineData("Mcp-Name", "write_file")]
    public async Task Headers_ThatSayOtherwise_AreRefusedByTheMcpServer(string header, string value)
    {
        await using var gate = await OpenAsync();

        using var refused = await PostAsync(gate, Call("a.txt", Latest), Latest, (header, value));
        using var control = await PostAsync(gate, Call("a.txt", Latest), Latest);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.OK), (refused.StatusCode, control.StatusCode));
        Assert.Single(gate.Records(), record => record.Subject == "a.txt");
    }

    [Fact]
    public async Task Body_LargerThanAnyPlainCall_IsLeftWhole()
    {
        await using var gate = await OpenAsync();
        var padding = $", \"unknown\": \"{new string('x', 30_000)}\"";

        var answer = await SendAsync(gate, Call("a.txt", "2025-06-18", padding), "2025-06-18");

        Assert.Equal(("text/event-stream", "alpha\n"), (answer.Type, (string)answer.Body["result"]!["content"]![0]!["text"]!));
    }

    private static Task<GateScenario> OpenAsync() => GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['denied.txt']"), gate =>
    {
        gate.Write("a.txt", "alpha\n");
        gate.Write("secret.txt", "API_KEY=q7Gd93kfLw02mZx8Tb4RvN61\n");
        gate.Write("emoji.txt", "\ufeffa \u00e4 \u20ac \U0001F600 \"quoted\" <tag> \\ \u0001\n");
        gate.Write("binary", [0xFF, 0xFE, 0x00, 0xC3, 0x28, 0xE2, 0x82]);
        gate.Write("long.txt", string.Concat(Enumerable.Repeat("x\U0001F600y\n", 30_000)));
        gate.Write("long.bin", [.. Enumerable.Range(0, 200_000).Select(at => (byte)(0xE2 >> (at % 5)))]);
        gate.Write("denied.txt", "denied");
    });

    private static string Call(string path, string version, string more = "") =>
        "{\"jsonrpc\": \"2.0\", \"id\": 7, \"method\": \"tools/call\", \"params\": {\"name\": \"read_text_file\", \"arguments\": {\"path\": "
        + JsonValue.Create(path).ToJsonString() + more + "}" + (version == Latest ? ", \"_meta\": " + Meta : "") + "}}";

    private static async Task<(string? Type, JsonNode Body)> SendAsync(GateScenario gate, string body, string version)
    {
        using var response = await PostAsync(gate, body, version);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var type = response.Content.Headers.ContentType?.MediaType;
        return (type, JsonNode.Parse(type == Json ? text : text.Split('\n').Single(line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..])!);
    }

    private static Task<HttpResponseMessage> PostAsync(GateScenario gate, string body, string version, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "mcp") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Json);
        request.Headers.Add("Accept", [Json, "text/event-stream"]);
        request.Headers.Add("MCP-Protocol-Version", version);
        if (version == Latest)
        {
            request.Headers.Add("Mcp-Method", headers.Where(header => header.Name == "Mcp-Method").Select(header => header.Value).DefaultIfEmpty("tools/call"));
            request.Headers.Add("Mcp-Name", headers.Where(header => header.Name == "Mcp-Name").Select(header => header.Value).DefaultIfEmpty("read_text_file"));
        }

        return gate.Http.SendAsync(request);
    }
}
