using System.Diagnostics;
using System.Text.Json.Nodes;
using SecureAgent.Bench;

namespace SecureAgent.FileGate.Tests.Npm;

/// <summary>
/// The official MCP client from npm works with the gate as it does with the official filesystem server: one script, run against both on equal folders.
/// </summary>
public sealed class OfficialClientTests : IDisposable
{
    private const string Client = "@modelcontextprotocol/sdk";
    private const string Server = "@modelcontextprotocol/server-filesystem";
    private const int Eight = 8 << 20;
    private const int SixtyFour = 64 << 20;

    /// <summary>Both give the same: kinds of content, words, structured half.</summary>
    private static readonly string[] Same =
    [
        "list", "sizes", "tree", "search", "nothing", "allowed", "read", "readOld", "head", "tail", "several", "image", "binary", "preview", "edit", "edited",
        "directory", "write", "overwrite", "move", "moved", "headZero", "tailZero", "headAll", "headEmpty", "slash", "sizesOne", "inside", "outside", "treeOutside", "treeFar",
    ];

    /// <summary>Both refuse, each in its own words.</summary>
    private static readonly string[] Refused = ["missing", "taken", "noEdit", "order", "noFiles", "headAndTail", "climb", "elsewhere", "noArgument", "noTool"];

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-npm-");

    [Fact]
    public async Task OfficialClient_WithoutAChange_GetsWhatTheOfficialServerAnswers()
    {
        Assert.SkipWhen(Programs.Find("node") is null, "node is not installed: the official MCP client was not run");
        var (modules, why) = await NpmPackages.InstallAsync(root.FullName, $"{Client}@1.32.2", $"{Server}@2026.8.31");
        Assert.SkipWhen(modules is null, $"{why}: the official MCP client was not run");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Npm", "client.mjs"), Path.Combine(root.FullName, "npm", "client.mjs"));
        var control = Directory.CreateDirectory(Path.Combine(root.FullName, "control")).FullName;
        Fill(control);
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], access: write, maxFile: 64MiB, budget: 1GiB"), scenario => Fill(scenario.Workspace));

        var official = await RunAsync("stdio", Path.Combine(modules!, Server, "dist", "index.js"), control);
        var ours = await RunAsync("http", gate.Session.SocketPath, "/workspace");

        SameTools(official["tools"]!.AsArray(), ours["tools"]!.AsArray());
        foreach (var step in Same)
        {
            var expected = Normal(official["answers"]![step]!, control);
            Assert.False((bool)expected["isError"]!, $"{step}: {expected}");
            Assert.True(JsonNode.DeepEquals(expected, Normal(ours["answers"]![step]!, "/workspace")), $"{step}:\n{expected}\n{ours["answers"]![step]}");
        }

        Assert.All(Refused, step => Assert.Equal((step, true, true), (step, IsError(official, step), IsError(ours, step))));
        SameInfo(official, ours);
        Assert.Equal(Read(control, "notes/b.txt"), Read(gate.Workspace, "notes/b.txt"));
        Assert.Equal(Read(control, "made/inner/moved.txt"), Read(gate.Workspace, "made/inner/moved.txt"));
        AssertBig(ours, "big8", Eight);
        AssertBig(ours, "big64", SixtyFour);
        Assert.Contains(gate.Records(), record => record.Kind == "read.receipt" && record.Subject == "big/64" && record.Number("bytes") == SixtyFour);
    }

    public void Dispose() => root.Delete(recursive: true);

    private static void Fill(string folder)
    {
        void Write(string path, byte[] content) => WriteBelow(folder, path, content);
        Write("a.txt", "alpha\n"u8.ToArray());
        Write("notes/b.txt", "one\n  two\n    three\n"u8.ToArray());
        Write("notes/end", "a\nb\nc"u8.ToArray());
        Write("notes/deep/grüße.txt", "tief\n"u8.ToArray());
        Write("empty", []);
        Write($"far/{string.Join('/', Enumerable.Repeat("deeper", 40))}/leaf", []);
        Write("dot.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Write("data.bin", [0, 1, 2]);
        Write("big/8", Text(Eight));
        Write("big/64", Text(SixtyFour));
    }

    private static byte[] Text(int length)
    {
        var text = new byte[length];
        text.AsSpan().Fill((byte)'x');
        "start "u8.CopyTo(text);
        " end"u8.CopyTo(text.AsSpan(length - 4));
        return text;
    }

    private static void WriteBelow(string folder, string path, byte[] content)
    {
        var full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    private async Task<JsonNode> RunAsync(params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo(Programs.Find("node")!, [Path.Combine(root.FullName, "npm", "client.mjs"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var (said, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await errors);
        return JsonNode.Parse(await said)!;
    }

    /// <summary>A client that calls a tool of the official server finds it here, by its name, with the arguments it gives.</summary>
    private static void SameTools(JsonArray official, JsonArray ours)
    {
        Assert.Equal(official.Select(Name).Order(), ours.Select(Name).Order());
        foreach (var tool in official)
        {
            var own = ours.Single(candidate => Name(candidate) == Name(tool));
            Assert.Equal((Name(tool), Members(tool, "properties")), (Name(tool), Members(own, "properties")));
            Assert.Equal((Name(tool), Required(tool)), (Name(tool), Required(own)));
            Assert.Equal((Name(tool), tool!["title"]!.ToString()), (Name(tool), own!["title"]!.ToString()));
            foreach (var hint in tool["annotations"]!.AsObject())
            {
                Assert.Equal((Name(tool), hint.Key, (bool)hint.Value!), (Name(tool), hint.Key, (bool?)own["annotations"]?[hint.Key] ?? false));
            }
        }
    }

    private static string Name(JsonNode? tool) => tool!["name"]!.ToString();

    private static string Members(JsonNode? tool, string member) =>
        string.Join(' ', (tool!["inputSchema"]![member]?.AsObject() ?? []).Select(property => property.Key).Order(StringComparer.Ordinal));

    private static string Required(JsonNode? tool) =>
        string.Join(' ', (tool!["inputSchema"]!["required"]?.AsArray() ?? []).Select(name => name!.ToString()).Order(StringComparer.Ordinal));

    /// <summary>Without the folder's name, and in an order: the official server lists as the directory does.</summary>
    private static JsonNode Normal(JsonNode answer, string folder)
    {
        var text = JsonNode.Parse(answer.ToJsonString().Replace(folder, "ROOT", StringComparison.Ordinal))!;
        return Sorted(text);
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(
            member.Key, member.Value is JsonValue value && member.Key is "text" or "content" && value.TryGetValue(out string? text)
                ? string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal)) : member.Value is null ? null : Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Sorted(item))]),
        _ => node.DeepClone(),
    };

    /// <summary>The same facts by the same names; times as any program reads them.</summary>
    private static void SameInfo(JsonNode official, JsonNode ours)
    {
        var (expected, info) = (Lines(official), Lines(ours));
        Assert.Equal(expected.Keys, info.Keys);
        Assert.All(["size", "isDirectory", "isFile", "permissions"], name => Assert.Equal(expected[name], info[name]));
        Assert.All(["created", "modified", "accessed"], name => Assert.True(DateTimeOffset.TryParse(info[name], System.Globalization.CultureInfo.InvariantCulture, out _), info[name]));
    }

    private static Dictionary<string, string> Lines(JsonNode run) => run["answers"]!["info"]!["content"]![0]!["text"]!.ToString().Split('\n')
        .Select(line => line.Split(": ", 2)).ToDictionary(line => line[0], line => line[1]);

    private static bool IsError(JsonNode run, string step) => (bool)run["answers"]![step]!["isError"]!;

    private static void AssertBig(JsonNode run, string step, int length)
    {
        var text = run["answers"]![step]!["content"]?[0]!["text"];
        Assert.True(text is JsonObject, $"{step}: {run["answers"]![step]}");
        Assert.Equal(length, (int)text["length"]!);
        Assert.StartsWith("start x", text["start"]!.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("x end", text["end"]!.ToString(), StringComparison.Ordinal);
    }

    private static string Read(string folder, string path) => File.ReadAllText(Path.Combine(folder, path));
}
