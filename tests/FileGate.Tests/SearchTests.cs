using System.Text.Json;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;
using SearchExpression = SecureAgent.FileGate.Search.SearchExpression;
using SecureAgent.FileGate.Tests.Redaction;

namespace SecureAgent.FileGate.Tests;

public sealed class SearchTests
{
    [Theory]
    [InlineData("((a)b)c?", "abc")]
    [InlineData("(a)(b)(c)", "abc")]
    [InlineData("\\(\\(\\(x", "(((x")]
    [InlineData("[(][^]()]y", "(zy")]
    [InlineData("(?<name>a)(?i:B)c#", "abc#")]
    [InlineData("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f")]
    public async Task Expressions_ThatPeopleWrite_AreTaken(string regex, string line)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a.txt", $"no\n{line}\n"));

        var (matches, _) = await SearchAsync(gate, new SearchRequest { Regex = regex });

        Assert.Equal([line], matches.Select(match => match.Text));
        Assert.Null(SearchExpression.TryCreate(new string('a', SearchExpression.MaxLength + 1), false));
        Assert.NotNull(SearchExpression.TryCreate(new string('a', SearchExpression.MaxLength), false));
    }

    /// <summary>On a line as long as lines get, this takes ten seconds and more; nothing cancels it between two lines.</summary>
    [Fact]
    public async Task Expression_ThatTakesTooLong_EndsTheSearchWithWhatWasFound()
    {
        const string Slow = @"(?:\w??|(?:[ab]??b{0,3})+a(?:.+\w??)){2,5}.{0,9}(?:(?:\w{2,5})*?)(?:.{0,9}|(?:.*[ab]*\w{0,3}a)?){0,9}(?:(?:a{2,5}[ab]?a{2,5}[ab]*?)?.{0,3})??(?:[ab]?a*?|(?:b*){0,3}\w?)c";
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario =>
        {
            scenario.Write("1", "aabaac\n");
            scenario.Write("2", string.Concat(Enumerable.Range(0, 1 << 16).Select(at => "ab"[(at * 7919 >> 3) & 1])));
            scenario.Write("3", "aabaac\n");
        });

        var (matches, summary) = await SearchAsync(gate, new SearchRequest { Regex = Slow });
        var (quick, whole) = await SearchAsync(gate, new SearchRequest { Regex = "aac" });

        Assert.Equal(["1"], matches.Select(match => match.Path));
        Assert.True(summary.Truncated);
        Assert.Equal(["1", "3"], quick.Select(match => match.Path).Where(path => path != "2"));
        Assert.False(whole.Truncated);
    }

    [Fact]
    public async Task Searches_OfContent_AreFewAtTheSameTime()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy(), scenario => scenario.Write("a.txt", string.Concat(Enumerable.Repeat(new string('x', 1000) + "\n", 4000))));
        var held = Enumerable.Range(0, 4).Select(_ => gate.Grpc.Search(new SearchRequest { Regex = "x", Limit = 4000 })).ToList();
        foreach (var search in held)
        {
            // It has begun, and its client takes no more than this: its answer is longer than what the connection holds.
            Assert.True(await search.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        }

        using var further = gate.Grpc.Search(new SearchRequest { Regex = "x", Limit = 1 });
        var first = further.ResponseStream.MoveNext(TestContext.Current.CancellationToken);
        Assert.Equal(["a.txt"], (await SearchAsync(gate, new SearchRequest { Glob = "*.txt" })).Matches.Select(match => match.Path));
        Assert.False(first.IsCompleted);

        held.ForEach(search => search.Dispose());
        Assert.True(await first);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(1, false)]
    public async Task Paths_LongerThanAnAnswerHolds_CutTheSearch(int depth, bool isCut)
    {
        const int Files = 1300;
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario =>
        {
            var directory = string.Join('/', Enumerable.Repeat(new string('d', 250), depth));
            for (var name = 0; name < Files; name++)
            {
                scenario.Write($"{directory}/{name}", []);
            }
        });

        using var answer = JsonDocument.Parse(await gate.Http.GetStringAsync("/v1/search/?glob=**/*&limit=10000"));

        Assert.Equal(isCut, answer.RootElement.GetProperty("truncated").GetBoolean());
        Assert.Equal(isCut, answer.RootElement.GetProperty("matches").GetArrayLength() < Files);
    }

    [Fact]
    public async Task Search_OfContent_FindsAllowedLinesAlikeOnBothSurfaces()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private']"), Fill);

        var (matches, summary) = await SearchAsync(gate, new SearchRequest { Regex = "needle \\d+" });
        using var http = JsonDocument.Parse(await gate.Http.GetStringAsync("/v1/search/?regex=needle%20%5Cd%2B"));

        Assert.Equal(["a.txt:2:5", "notes/b.txt:1:1"], matches.Select(match => $"{match.Path}:{match.Line}:{match.Column}"));
        Assert.Equal("the needle 1", matches[0].Text);
        Assert.Equal(1, summary.FilesSkipped);
        Assert.False(summary.Truncated);
        Assert.Equal(["a.txt", "notes/b.txt"], http.RootElement.GetProperty("matches").EnumerateArray().Select(match => match.GetProperty("path").GetString()!));
    }

    [Fact]
    public async Task Search_OfContent_RecordsEveryFileItShows()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private']"), Fill);

        await SearchAsync(gate, new SearchRequest { Regex = "needle" });

        var records = gate.Records().Where(record => record.Facts.GetValueOrDefault("op") == "search").ToList();
        Assert.Equal(["", "a.txt", "notes/b.txt"], records.Select(record => record.Subject));
        Assert.Equal([0, 19, 8], records.Select(record => record.Number("bytes")));
    }

    [Theory]
    [InlineData("", "", "a.txt,binary,notes/b.txt,notes/c.md")]
    [InlineData("", "**/*.md", "notes/c.md")]
    [InlineData("notes", "*.txt", "notes/b.txt")]
    public async Task Search_OfNames_FindsAllowedFiles(string path, string glob, string expected)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private']"), Fill);

        var (matches, _) = await SearchAsync(gate, new SearchRequest { Path = path, Glob = glob });

        Assert.Equal(expected, string.Join(',', matches.Select(match => match.Path)));
    }

    [Theory]
    [InlineData("(", "", 0)]
    [InlineData("(a)\\1", "", 0)]
    [InlineData("(?=a)b", "", 0)]
    [InlineData("", "[", 0)]
    [InlineData("a", "", -1)]
    [InlineData("a", "", 10_001)]
    [InlineData("(((a{1,900}){1,900}){1,900}){1,900}", "", 0)]
    [InlineData("(?:a.{0,400}b){0,9}c", "", 0)]
    [InlineData("(((a?.)?b)?c)?", "", 0)]
    [InlineData("[)](((a?.)?b)?c)?[(]", "", 0)]
    [InlineData("[[:)](((a?.)?b)?c)?[(]", "", 0)]
    [InlineData("[\\c])](((a?.)?b)?c)?[(]", "", 0)]
    [InlineData("(?#)))))(((a?.)?b)?c)?", "", 0)]
    [InlineData("(?ix)a#)))\n(((a?.)?b)?c)?", "", 0)]
    public async Task Pattern_ThatIsNoneOrNeedsBacktracking_IsRefused(string regex, string glob, int limit)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), Fill);

        var refused = await Assert.ThrowsAsync<RpcException>(() => SearchAsync(gate, new SearchRequest { Regex = regex, Glob = glob, Limit = limit }));

        Assert.Equal("request_malformed", GateAnswers.ReasonOf(refused));
    }

    [Fact]
    public async Task Pattern_ThatExplodesABacktracker_IsAnswered()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a", new string('a', 50_000) + "!"));

        var (matches, _) = await SearchAsync(gate, new SearchRequest { Regex = "^(a+)+$" });

        Assert.Empty(matches);
    }

    [Fact]
    public async Task Search_ForASecret_SeesOnlyItsMask()
    {
        var (text, secrets) = RedactionCorpus.Fill("DB_PASSWORD={24:base62}\n", 1);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("settings", text));
        var value = text.Substring(secrets[0].Start, secrets[0].Length);

        var (byValue, _) = await SearchAsync(gate, new SearchRequest { Regex = value[..6] });
        var (byName, _) = await SearchAsync(gate, new SearchRequest { Regex = "PASSWORD" });

        Assert.Empty(byValue);
        Assert.Equal("DB_PASSWORD=" + new string('*', 24), Assert.Single(byName).Text);
    }

    [Fact]
    public async Task Search_OfLinesAcrossChunks_FindsThemWithTheirNumbers()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy(),
            scenario => scenario.Write("big", string.Concat(Enumerable.Range(1, 40_000).Select(i => $"line {i} of many\n"))));

        var (matches, _) = await SearchAsync(gate, new SearchRequest { Regex = "^line \\d+999 of many$" });

        Assert.Equal(Enumerable.Range(1, 39).Select(i => (i * 1000) + 999), matches.Select(match => match.Line));
        Assert.All(matches, match => Assert.Equal($"line {match.Line} of many", match.Text));
    }

    [Fact]
    public async Task Search_AtItsLimitOrOverBudget_SaysSo()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], budget: 10B"),
            scenario => Enumerable.Range(0, 5).ToList().ForEach(i => scenario.Write($"f{i}", "x 345\nx 345")));

        var (limited, first) = await SearchAsync(gate, new SearchRequest { Regex = "x", Limit = 1 });
        var (overBudget, second) = await SearchAsync(gate, new SearchRequest { Regex = "x" });

        Assert.Single(limited);
        Assert.True(first.Truncated);
        Assert.Empty(overBudget);
        Assert.True(second.Truncated);
    }

    [Theory]
    [InlineData("..", "path_escapes")]
    [InlineData("private", "denied_by_rule")]
    [InlineData("missing", "not_found")]
    public async Task Search_BelowWhatIsNotAllowed_IsRefused(string path, string reason)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['private']"), Fill);

        var refused = await Assert.ThrowsAsync<RpcException>(() => SearchAsync(gate, new SearchRequest { Path = path }));

        Assert.Equal(reason, GateAnswers.ReasonOf(refused));
        Assert.Contains(gate.Records(), record => record.Reason == reason);
    }

    private static void Fill(GateScenario scenario)
    {
        scenario.Write("a.txt", "nothing\nthe needle 1\nneedles\n");
        scenario.Write("notes/b.txt", "needle 2");
        scenario.Write("notes/c.md", "hay");
        scenario.Write("private/d.txt", "needle 3");
        scenario.Write(".hidden", "needle 4");
        scenario.Write("binary", "needle 5\0");
        File.CreateSymbolicLink(Path.Combine(scenario.Workspace, "link.txt"), "private/d.txt");
        Directory.CreateSymbolicLink(Path.Combine(scenario.Workspace, "loop"), ".");
    }

    private static async Task<(List<SearchMatch> Matches, SearchSummary Summary)> SearchAsync(GateScenario gate, SearchRequest request)
    {
        using var call = gate.Grpc.Search(request);
        var matches = new List<SearchMatch>();
        SearchSummary? summary = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            summary = response.Summary ?? summary;
            if (response.Match is { } match)
            {
                matches.Add(match);
            }
        }

        return (matches, summary!);
    }
}
