using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using SecureAgent.FileGate.Mcp;
using SecureAgent.FileGate.Tests.Redaction;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary>The MCP surface, through a real MCP client on the session's socket.</summary>
public sealed class McpTests
{
    [Fact]
    public async Task Tools_OfTheWellKnownServer_AreOffered()
    {
        await using var gate = await OpenAsync();
        await using var client = await ConnectAsync(gate);

        var tools = await client.ListToolsAsync();

        Assert.Equal(
            ["create_directory", "directory_tree", "edit_file", "get_file_info", "list_allowed_directories", "list_directory", "list_directory_with_sizes", "move_file",
             "read_file", "read_media_file", "read_multiple_files", "read_text_file", "search_files", "write_file"],
            tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/workspace/notes/b.txt", null, null, "one\ntwo\nthree\n")]
    [InlineData("notes/b.txt", 2, null, "one\ntwo")]
    [InlineData("notes/b.txt", null, 1, "three")]
    public async Task TextFile_Allowed_IsRead(string path, int? head, int? tail, string expected)
    {
        await using var gate = await OpenAsync();
        await using var client = await ConnectAsync(gate);

        var (text, isError) = await CallAsync(client, "read_text_file", ("path", path), ("head", head), ("tail", tail));

        Assert.Equal(expected, text);
        Assert.False(isError);
        Assert.Contains(gate.Records(), record => record.Subject == "notes/b.txt" && record.Number("bytes") == 14);
    }

    [Fact]
    public async Task Directory_Listed_ShowsOnlyWhatIsAllowed()
    {
        await using var gate = await OpenAsync();
        await using var client = await ConnectAsync(gate);

        Assert.Equal("[FILE] a.txt\n[DIR] notes\n[FILE] picture", (await CallAsync(client, "list_directory", ("path", "/workspace"))).Text);
        Assert.StartsWith($"[FILE] {"b.txt",-30} {"14 B",10}\n", (await CallAsync(client, "list_directory_with_sizes", ("path", "notes"), ("sortBy", "size"))).Text, StringComparison.Ordinal);
        Assert.Equal("/workspace/a.txt\n/workspace/notes/b.txt", (await CallAsync(client, "search_files", ("path", "/workspace"), ("pattern", "**/*.txt"))).Text);
        Assert.Equal("/workspace/a.txt", (await CallAsync(client, "search_files", ("path", "/workspace"), ("pattern", "**/*.txt"), ("excludePatterns", new[] { "notes/**" }))).Text);
        Assert.Contains("isFile: true", (await CallAsync(client, "get_file_info", ("path", "a.txt"))).Text, StringComparison.Ordinal);
        Assert.Contains("/workspace", (await CallAsync(client, "list_allowed_directories")).Text, StringComparison.Ordinal);
        var (tree, _) = await CallAsync(client, "directory_tree", ("path", "."));
        Assert.Contains("b.txt", tree, StringComparison.Ordinal);
        Assert.DoesNotContain("private", tree, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_WithMoreThanAnAnswerHolds_SaysSo()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario =>
        {
            for (var name = 0; name < 10_001; name++)
            {
                scenario.Write($"many/{name:D5}", []);
            }

            scenario.Write("few/a", []);
        });
        await using var client = await ConnectAsync(gate);

        foreach (var (tool, more) in new[] { ("list_directory", "\n[more were left out]"), ("list_directory_with_sizes", "\n[more were left out]\n"), ("directory_tree", "[more were left out]") })
        {
            Assert.Contains(more, (await CallAsync(client, tool, ("path", "many"))).Text, StringComparison.Ordinal);
            Assert.DoesNotContain("left out", (await CallAsync(client, tool, ("path", "few"))).Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(2000, 522)]
    public void Tree_HasRoomForFewerEntriesTheDeeperTheyLie(int depth, int entries)
    {
        var room = new TreeRoom(10_000);

        Assert.Equal(entries, Enumerable.Range(0, 20_000).TakeWhile(_ => room.Take("n", depth)).Count());
        Assert.False(room.Take("", 0));
    }

    /// <summary>The new content does not fit what is left, time and again; each time the difference that was paid for is not shown and is given back.</summary>
    [Fact]
    public async Task Edit_ThatIsRefusedAfterAll_CostsNothing()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], access: write, budget: 1000B"), scenario => scenario.Write("a.txt", "alpha\n" + string.Concat(Enumerable.Repeat("xxxxxxxxx\n", 99))));
        await using var client = await ConnectAsync(gate);

        for (var attempt = 0; attempt < 5; attempt++)
        {
            var (text, _) = await CallAsync(client, "edit_file", ("path", "a.txt"), ("edits", new[] { new { oldText = "alpha", newText = "beta" } }));
            Assert.Contains("budget_exceeded", text, StringComparison.Ordinal);
        }

        Assert.Equal(996, (await CallAsync(client, "read_text_file", ("path", "a.txt"))).Text.Length);
    }

    [Fact]
    public async Task Edit_OfTextThatIsNotThere_SaysThatAndNotThatTheFileChanged()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], access: write"), scenario => scenario.Write("a.txt", "alpha"));
        await using var client = await ConnectAsync(gate);

        var (text, isError) = await CallAsync(client, "edit_file", ("path", "a.txt"), ("edits", new[] { new { oldText = "beta", newText = "b" } }));

        Assert.True(isError);
        Assert.Contains("\"reason\":\"change_conflict\"", text, StringComparison.Ordinal);
        Assert.Contains("The text that an edit replaces is not in", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_ReadTogether_DoNotStopEachOther()
    {
        await using var gate = await OpenAsync();
        await using var client = await ConnectAsync(gate);

        var (text, isError) = await CallAsync(client, "read_multiple_files", ("paths", new[] { "a.txt", "private/k", "notes/b.txt" }));

        Assert.False(isError);
        Assert.Contains("a.txt:\nalpha\n", text, StringComparison.Ordinal);
        Assert.Contains("denied_by_rule", text, StringComparison.Ordinal);
        Assert.Contains("three", text, StringComparison.Ordinal);
        Assert.DoesNotContain("outside-secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MediaFile_Read_HasTheTypeOfItsContent()
    {
        await using var gate = await OpenAsync();
        await using var client = await ConnectAsync(gate);

        var result = await client.CallToolAsync("read_media_file", new Dictionary<string, object?> { ["path"] = "picture" });

        var image = Assert.IsType<ImageContentBlock>(Assert.Single(result.Content));
        Assert.Equal("image/png", image.MimeType);
        Assert.Equal(Png, image.DecodedData.ToArray());
    }

    [Fact]
    public async Task Paths_OfTheAttackTable_GetTheVerdictOfTheOtherSurfaces()
    {
        await using var attacked = new AttackedWorkspaceLifetime();
        await attacked.Workspace.InitializeAsync();
        await using var client = await ConnectAsync(attacked.Workspace.Gate);
        var wrong = new List<string>();
        foreach (var row in PathAttackTests.Attacks)
        {
            var (path, reason, _) = row.Data;
            if (attacked.Workspace.Missing.Contains(path.Split('/')[0]))
            {
                continue;
            }

            // "." is the directory itself here, as the server that is imitated has it.
            var expected = path is "." ? "path_invalid" : reason;
            foreach (var spelling in new[] { path, $"/workspace/{path}" }.Where(spelling => !spelling.StartsWith("/workspace//", StringComparison.Ordinal)))
            {
                var (text, isError) = await CallAsync(client, "read_text_file", ("path", spelling));
                if (!isError || !text.Contains($"\"reason\":\"{expected}\"", StringComparison.Ordinal))
                {
                    wrong.Add($"{spelling}: {expected}, but {text}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Secret_InAFile_IsMasked()
    {
        var (text, _) = RedactionCorpus.Fill("DB_PASSWORD={24:base62}\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("settings", text));
        await using var client = await ConnectAsync(gate);

        Assert.Equal($"DB_PASSWORD={new string('*', 24)}\n", (await CallAsync(client, "read_text_file", ("path", "settings"))).Text);
    }

    [Fact]
    public async Task File_OfEightMebibytes_IsReadWithinPolicy()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("big", new string('x', 8 << 20)));
        await using var client = await ConnectAsync(gate);

        Assert.Equal(8 << 20, (await CallAsync(client, "read_text_file", ("path", "big"))).Text.Length);
    }

    [Fact]
    public async Task File_LargerThanAnAnswer_IsRefusedHereAndStreamedElsewhere()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], maxFile: 1GiB, redact: 'off'"), scenario =>
        {
            using var file = File.Create(scenario.Write("large", ""));
            file.SetLength((64 << 20) + 1);
        });
        await using var client = await ConnectAsync(gate);

        Assert.Contains("file_too_large", (await CallAsync(client, "read_text_file", ("path", "large"))).Text, StringComparison.Ordinal);
        Assert.Contains("file_too_large", (await CallAsync(client, "read_media_file", ("path", "large"))).Text, StringComparison.Ordinal);
        using var streamed = await gate.Http.GetAsync("v1/files/large", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((64 << 20) + 1, streamed.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Files_ReadTogether_AreNoMoreThanAnAnswerHolds()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], maxFile: 1GiB, redact: 'off'"), scenario =>
        {
            using var file = File.Create(scenario.Write("large", ""));
            file.SetLength(64 << 20);
            scenario.Write("small", "small");
        });
        await using var client = await ConnectAsync(gate);

        var (text, _) = await CallAsync(client, "read_multiple_files", ("paths", new[] { "small", "large", "small" }));

        Assert.Equal(2, text.Split(":\nsmall").Length - 1);
        Assert.Contains("large: Error - ", text, StringComparison.Ordinal);
        Assert.Contains("file_too_large", text, StringComparison.Ordinal);
    }

    private static byte[] Png { get; } = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 1];

    private static Task<GateScenario> OpenAsync() => GateScenario.OpenAsync(
        GateScenario.Policy("allow: ['**'], deny: ['private']"),
        scenario =>
        {
            scenario.Write("a.txt", "alpha");
            scenario.Write("notes/b.txt", "one\ntwo\nthree\n");
            scenario.Write("private/k", "outside-secret");
            scenario.Write("picture", Png);
        });

    private static async Task<McpClient> ConnectAsync(GateScenario gate)
    {
        var http = new HttpClient(UnixSockets.Handler(gate.Session.SocketPath));
        return await McpClient.CreateAsync(new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = new Uri("http://session/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http, ownsHttpClient: true));
    }

    private static async Task<(string Text, bool IsError)> CallAsync(McpClient client, string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await client.CallToolAsync(
            tool, arguments.Where(argument => argument.Value is not null).ToDictionary(argument => argument.Name, argument => argument.Value));
        return (string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)), result.IsError == true);
    }

    /// <summary>Lays the traps and takes them away, also when laying them fails half-way.</summary>
    private sealed class AttackedWorkspaceLifetime : IAsyncDisposable
    {
        public AttackedWorkspace Workspace { get; } = new();

        public ValueTask DisposeAsync() => Workspace.DisposeAsync();
    }
}
