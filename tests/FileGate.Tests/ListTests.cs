using System.Text.Json;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

public sealed class ListTests
{
    [Fact]
    public async Task List_OfADirectory_ShowsOnlyWhatIsAllowedByName()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['notes/**', '*.txt'], deny: ['**/*.pem']"),
            scenario =>
            {
                scenario.Write("b.txt", "b");
                scenario.Write("a.txt", "a");
                scenario.Write("c.bin", "c");
                scenario.Write(".d.txt", "d");
                scenario.Write("notes/n", "n");
                scenario.Write("notes/n.pem", "n");
                scenario.Write("other/o.txt", "o");
                File.CreateSymbolicLink(Path.Combine(scenario.Workspace, "e.txt"), "a.txt");
                Native.Link(Path.Combine(scenario.Workspace, "b.txt"), Path.Combine(scenario.Workspace, "f.txt"));
                Native.MakeFifo(Path.Combine(scenario.Workspace, "g.txt"), 0x1B6);
            });

        var root = await gate.Grpc.ListAsync(new ListRequest());
        var notes = await gate.Grpc.ListAsync(new ListRequest { Path = "notes" });
        using var http = JsonDocument.Parse(await gate.Http.GetStringAsync("/v1/list/"));

        Assert.Equal(["a.txt", "notes"], root.Entries.Select(entry => entry.Path));
        Assert.Equal(["notes/n"], notes.Entries.Select(entry => entry.Path));
        Assert.Equal(["a.txt", "notes"], http.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("path").GetString()!));
        Assert.Equal("file", http.RootElement.GetProperty("entries")[0].GetProperty("kind").GetString());
        Assert.Equal(3, gate.Records().Count(record => record.Facts.GetValueOrDefault("op") == "list" && record.IsAllowed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Pages_PutTogether_AreTheWholeDirectoryOnce(int pageSize)
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], deny: ['*5']"),
            scenario => Enumerable.Range(0, 30).ToList().ForEach(i => scenario.Write($"f{i}", "x")));

        var seen = new List<string>();
        var token = "";
        do
        {
            var page = await gate.Grpc.ListAsync(new ListRequest { PageSize = pageSize, PageToken = token });
            Assert.InRange(page.Entries.Count, 0, pageSize);
            seen.AddRange(page.Entries.Select(entry => entry.Path));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"f{i}").Where(name => !name.EndsWith('5')).Order(StringComparer.Ordinal), seen);
    }

    [Theory]
    [InlineData("?pageSize=1001")]
    [InlineData("?pageSize=-1")]
    [InlineData("?pageSize=0")]
    [InlineData("?pageSize=x")]
    [InlineData("?pageToken=%21")]
    public async Task Page_ThatIsNone_IsRefused(string query)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a", "a"));

        using var response = await gate.Http.GetAsync("/v1/list/" + query);

        Assert.Equal("request_malformed", await GateAnswers.ReasonOfAsync(response));
    }

    [Fact]
    public async Task Directory_OfAHundredThousand_IsPaged()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy(),
            scenario => Parallel.For(0, 100_000, i => File.WriteAllBytes(Path.Combine(scenario.Workspace, $"f{i:D6}"), [])));

        var first = await gate.Grpc.ListAsync(new ListRequest());
        var second = await gate.Grpc.ListAsync(new ListRequest { PageToken = first.NextPageToken });

        Assert.Equal("f000000", first.Entries[0].Path);
        Assert.Equal(1000, first.Entries.Count);
        Assert.Equal("f001000", second.Entries[0].Path);
    }

    [Theory]
    [InlineData("a.txt", "not_found")]
    [InlineData("missing", "not_found")]
    [InlineData("denied", "denied_by_rule")]
    [InlineData("..", "path_escapes")]
    [InlineData("link", "not_found")]
    public async Task List_OfWhatIsNoAllowedDirectory_IsRefused(string path, string reason)
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], deny: ['denied']"),
            scenario =>
            {
                scenario.Write("a.txt", "a");
                scenario.Write("denied/x", "a");
                Directory.CreateSymbolicLink(Path.Combine(scenario.Workspace, "link"), scenario.Outside);
            });

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.ListAsync(new ListRequest { Path = path }));

        Assert.Equal(reason, GateAnswers.ReasonOf(refused));
    }

    [Fact]
    public async Task Stat_OfAnAllowedFileOrDirectory_IsAnswered()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['notes/**'], maxFile: 2B"), scenario => scenario.Write("notes/n.txt", "four"));

        var file = await gate.Grpc.StatAsync(new StatRequest { Path = "notes/n.txt" });
        var directory = await gate.Grpc.StatAsync(new StatRequest { Path = "notes" });
        var root = await gate.Grpc.StatAsync(new StatRequest { Path = "" });

        Assert.Equal((EntryKind.File, 4), (file.Kind, file.Size));
        Assert.Empty(file.Etag); // too large to be read
        Assert.Equal((EntryKind.Directory, 0), (directory.Kind, directory.Size));
        Assert.Equal(EntryKind.Directory, root.Kind);
    }

    [Fact]
    public async Task Stat_OfWhatNoRuleAllows_AnswersTheSameWhetherItExistsOrNot()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['notes/*/x']"), scenario => scenario.Write("notes/plain-file", "x"));

        foreach (var path in new[] { "notes/plain-file", "notes/missing", "elsewhere" })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.StatAsync(new StatRequest { Path = path }));
            Assert.Equal("no_rule", GateAnswers.ReasonOf(refused));
        }
    }
}
