using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.FileGate.Tests.Redaction;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary>The changing tools of the well-known MCP filesystem server, through a real client.</summary>
public sealed class McpChangeTests
{
    [Fact]
    public async Task Tools_WhereWriteIsGranted_ChangeTheFolder()
    {
        await using var gate = await OpenAsync("write");
        await using var client = await ConnectAsync(gate);

        Assert.Equal("Successfully wrote to /workspace/n.txt", await CallAsync(client, "write_file", ("path", "/workspace/n.txt"), ("content", "n")));
        Assert.Equal("Successfully created directory d/e", await CallAsync(client, "create_directory", ("path", "d/e")));
        Assert.Equal("Successfully created directory d/e", await CallAsync(client, "create_directory", ("path", "d/e")));
        Assert.Equal("Successfully moved n.txt to d/e/n.txt", await CallAsync(client, "move_file", ("source", "n.txt"), ("destination", "d/e/n.txt")));
        Assert.Contains("-two\n+2\n", await CallAsync(client, "edit_file", ("path", "a.txt"), ("edits", Edits("two", "2"))), StringComparison.Ordinal);

        Assert.Equal("n", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "d/e/n.txt")));
        Assert.Equal("one\n2\n", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "a.txt")));
        Assert.Contains("change_conflict", await CallAsync(client, "move_file", ("source", "a.txt"), ("destination", "d/e/n.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DryRun_OfAnEdit_ShowsTheDifferenceAndChangesNothing()
    {
        await using var gate = await OpenAsync("write");
        await using var client = await ConnectAsync(gate);

        var text = await CallAsync(client, "edit_file", ("path", "a.txt"), ("edits", Edits("two", "2")), ("dryRun", true));

        Assert.Contains("-two\n+2\n", text, StringComparison.Ordinal);
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "a.txt")));
        Assert.Contains(gate.Records(), record => record.Subject == "a.txt" && record.Facts.GetValueOrDefault("op") == "read" && record.IsAllowed);
        Assert.DoesNotContain(gate.Records(), record => record.Facts.ContainsKey("change"));
    }

    [Fact]
    public async Task Secret_NextToAnEdit_StaysMaskedInTheDiff()
    {
        var (text, secrets) = RedactionCorpus.Fill("x = 1\nDB_PASSWORD={24:base62}\n", 1);
        var secret = text.Substring(secrets[0].Start, secrets[0].Length);
        await using var gate = await OpenAsync("propose", scenario => scenario.Write("settings", text));
        await using var client = await ConnectAsync(gate);

        var diff = await CallAsync(client, "edit_file", ("path", "settings"), ("edits", Edits("x = 1", "x = 2")));

        Assert.Contains("+x = 2", diff, StringComparison.Ordinal);
        Assert.Contains("proposed", diff, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, diff, StringComparison.Ordinal);
        Assert.Contains("secret_found", await CallAsync(client, "edit_file", ("path", "settings"), ("edits", Edits("DB_PASSWORD", "NOTE")), ("dryRun", true)), StringComparison.Ordinal);
        Assert.Contains("change_conflict", await CallAsync(client, "edit_file", ("path", "settings"), ("edits", Edits(secret, "x"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Move_ToWhereSecretsAreShown_IsRefused()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['a.txt', 'kept'], access: write", "      - { root: '${workspace}', allow: ['open/**'], access: write, redact: 'off' }\n"),
            scenario =>
            {
                scenario.Write("a.txt", "a");
                scenario.Write("open/o", "o");
            });
        await using var client = await ConnectAsync(gate);

        Assert.Contains("access_not_granted", await CallAsync(client, "move_file", ("source", "a.txt"), ("destination", "open/a")), StringComparison.Ordinal);
        Assert.Contains("Successfully", await CallAsync(client, "move_file", ("source", "a.txt"), ("destination", "kept")), StringComparison.Ordinal);
    }

    private static object[] Edits(string old, string now) => [new { oldText = old, newText = now }];

    private static Task<GateScenario> OpenAsync(string access, Action<GateScenario>? fill = null) => GateScenario.OpenAsync(
        GateScenario.Policy($"allow: ['**'], access: {access}"), scenario =>
        {
            scenario.Write("a.txt", "one\ntwo\n");
            fill?.Invoke(scenario);
        });

    private static async Task<McpClient> ConnectAsync(GateScenario gate)
    {
        var http = new HttpClient(UnixSockets.Handler(gate.Session.SocketPath));
        return await McpClient.CreateAsync(new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = new Uri("http://session/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http, ownsHttpClient: true));
    }

    private static async Task<string> CallAsync(McpClient client, string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await client.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));
        return string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
    }
}
