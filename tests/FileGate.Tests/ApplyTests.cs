using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Tests;

/// <summary>What the operator does with a change set, on the gate's control socket.</summary>
public sealed class ApplyTests
{
    private const string Id = "s-test";

    [Fact]
    public async Task Apply_OfAll_MakesTheFolderWhatTheSessionSaw()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "deep/er/new.txt", "new", directory: "deep/er");
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "sub/b.txt", Delete = new() });
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "c.txt", MoveTo = "sub/c.txt" });

        var answer = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Empty(answer.Conflicts);
        Assert.Equal(["a.txt", "c.txt", "deep", "deep/er", "deep/er/new.txt", "sub/b.txt", "sub/c.txt"], answer.Applied);
        Assert.Equal(["a.txt: other", "deep/er/new.txt: new", "sub/c.txt: gamma"], Tree(gate));
        Assert.Empty((await Admin(gate).ListAsync(new())).Sets);
        Assert.Equal("other", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        Assert.Equal(7, gate.Records().Count(record => record.Kind == "change.applied"));
        Assert.Single(gate.Records(), record => record.Kind == "change.apply");
    }

    [Fact]
    public async Task Show_HasTheDifferenceToTheFolder()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "blob", "\0");

        var changes = await ShowAsync(gate);

        Assert.Equal(("edit", "", ""), (changes["a.txt"].Verb, changes["a.txt"].Held, changes["a.txt"].Conflict));
        Assert.Contains("-alpha", changes["a.txt"].Diff, StringComparison.Ordinal);
        Assert.Contains("+other", changes["a.txt"].Diff, StringComparison.Ordinal);
        Assert.True(changes["blob"].Binary);
        var set = Assert.Single((await Admin(gate).ListAsync(new())).Sets);
        Assert.Equal((Id, 2, 0), (set.Id, set.Changes, set.Held));
    }

    [Theory]
    [InlineData("edit")]
    [InlineData("delete")]
    [InlineData("mode")]
    [InlineData("link")]
    [InlineData("none")]
    public async Task HostEdit_MadeMeanwhile_IsReportedAndNothingIsChanged(string edit)
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "new.txt", "new");
        var path = Path.Combine(gate.Workspace, "a.txt");
        switch (edit)
        {
            case "edit": await File.WriteAllTextAsync(path, "host"); break;
            case "delete": File.Delete(path); break;
            case "mode": File.SetUnixFileMode(path, UnixFileMode.UserRead); break;
            case "link":
                File.Delete(path);
                File.CreateSymbolicLink(path, "c.txt");
                break;
            default: break;
        }

        var before = Tree(gate);
        var answer = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Equal(edit == "none" ? [] : ["a.txt"], answer.Conflicts.Select(conflict => conflict.Path));
        Assert.Equal(edit == "none", answer.Applied.Count == 2);
        Assert.Equal(edit != "none", before.SequenceEqual(Tree(gate)));
        Assert.Equal(edit == "none" ? 0 : 2, answer.Left);
    }

    [Theory]
    [InlineData("new.txt", "a file has its name now")]
    [InlineData("sub/x/new.txt", "its directory is not there")]
    public async Task Place_ThatIsTakenOrGone_IsAConflict(string path, string why)
    {
        await using var gate = await OpenAsync();
        Directory.CreateDirectory(Path.Combine(gate.Workspace, "sub", "x"));
        await ProposeAsync(gate, path, "new");
        Directory.Delete(Path.Combine(gate.Workspace, "sub", "x"));
        await File.WriteAllTextAsync(Path.Combine(gate.Workspace, "new.txt"), "host");

        var answer = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Equal(why, Assert.Single(answer.Conflicts).Why);
        Assert.Empty(answer.Applied);
    }

    /// <summary>Two sessions may both propose a directory, and the host may make it: it is there, as was asked for.</summary>
    [Theory]
    [InlineData("directory", "")]
    [InlineData("full", "docs/new.txt: a file has its name now")]
    [InlineData("file", "docs: something has its name now")]
    [InlineData("link", "docs: something has its name now")]
    public async Task Directory_ThatTheHostMadeMeanwhile_IsNoConflict(string made, string conflict)
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "docs/new.txt", "new", directory: "docs");
        var path = Path.Combine(gate.Workspace, "docs");
        switch (made)
        {
            case "file": await File.WriteAllTextAsync(path, "host"); break;
            case "link": File.CreateSymbolicLink(path, "sub"); break;
            default:
                Directory.CreateDirectory(path);
                await File.WriteAllTextAsync(Path.Combine(path, made == "full" ? "new.txt" : "other.txt"), "host");
                break;
        }

        var before = Tree(gate);
        var shown = (await ShowAsync(gate)).Values.Where(change => change.Conflict.Length > 0).Select(change => $"{change.Path}: {change.Conflict}").FirstOrDefault("");
        var answer = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Equal(conflict, shown);
        Assert.Equal(conflict, answer.Conflicts.Select(one => $"{one.Path}: {one.Why}").FirstOrDefault(""));
        Assert.Equal(conflict.Length == 0 ? ["docs", "docs/new.txt"] : [], answer.Applied);
        Assert.Equal(conflict.Length == 0 ? before.Append("docs/new.txt: new").Order(StringComparer.Ordinal) : before, Tree(gate));
        Assert.Equal(conflict.Length == 0 ? 0 : 1, (await Admin(gate).ListAsync(new())).Sets.Count);
    }

    [Fact]
    public async Task Directory_AloneThatTheHostMadeMeanwhile_IsTakenOut()
    {
        await using var gate = await OpenAsync();
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "docs", Directory = new() });
        Directory.CreateDirectory(Path.Combine(gate.Workspace, "docs"));

        Assert.Equal(["docs"], (await ApplyAsync(gate, "docs")).Applied);
        Assert.Empty((await Admin(gate).ListAsync(new())).Sets);
        Assert.Empty(Directory.EnumerateFiles(gate.Workspace, ".secure-agent*"));
    }

    /// <summary>The name of a file that is to be deleted cannot be a directory in the same set, which could then never be applied.</summary>
    [Fact]
    public async Task Directory_InPlaceOfADeletedFile_IsRefusedAndTheDeletionStays()
    {
        await using var gate = await OpenAsync();
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Delete = new() });

        var refused = await Assert.ThrowsAsync<RpcException>(() => gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Directory = new() }).ResponseAsync);

        Assert.Equal("change_conflict", GateAnswers.ReasonOf(refused));
        Assert.Equal(["a.txt"], (await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true })).Applied);
        Assert.False(Path.Exists(Path.Combine(gate.Workspace, "a.txt")));
    }

    [Fact]
    public async Task Held_IsAppliedByItsNameAloneAndNeverWithAll()
    {
        await using var gate = await OpenAsync(", hidden: true");
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "Makefile", "all:");
        await ProposeAsync(gate, ".vscode/tasks.json", "{}", directory: ".vscode");
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "script", MoveTo = "sub/script" });

        var all = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Equal(["a.txt"], all.Applied);
        Assert.Equal([".vscode", ".vscode/tasks.json", "Makefile", "script", "sub/script"], all.Held.Select(held => held.Path).Order(StringComparer.Ordinal));
        Assert.False(File.Exists(Path.Combine(gate.Workspace, "Makefile")));
        Assert.True(File.Exists(Path.Combine(gate.Workspace, "script")));
        await RefusedAsync(gate, "Makefile", ".vscode/tasks.json");
        Assert.Equal(["Makefile"], (await ApplyAsync(gate, "Makefile")).Applied);
        Assert.Equal([".vscode", ".vscode/tasks.json"], (await ApplyAsync(gate, ".vscode/tasks.json")).Applied);
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, ".vscode", "tasks.json")));
        Assert.Contains(gate.Records(), record => record.Kind == "change.applied" && record.Facts.GetValueOrDefault("held") == "the build runs it");
    }

    [Fact]
    public async Task Held_FileThatWasMovedAndThenEdited_KeepsTheDeletionOfItsOldName()
    {
        await using var gate = await OpenAsync();
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", MoveTo = "b.txt" });
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "b.txt", MoveTo = "Makefile" });
        await ProposeAsync(gate, "Makefile", "all:");

        var all = await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, All = true });

        Assert.Empty(all.Applied);
        Assert.Equal(["Makefile", "a.txt"], all.Held.Select(held => held.Path).Order(StringComparer.Ordinal));
        Assert.Equal("alpha", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "a.txt")));
    }

    [Fact]
    public async Task Discard_ForgetsAndLeavesTheFolder()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "deep/new.txt", "new", directory: "deep");
        var before = Tree(gate);

        Assert.Equal(["deep", "deep/new.txt"], (await Admin(gate).DiscardAsync(new DiscardRequest { Id = Id, Paths = { "deep" } })).Discarded);
        Assert.Equal(["a.txt"], (await Admin(gate).DiscardAsync(new DiscardRequest { Id = Id })).Discarded);

        Assert.Equal(before, Tree(gate));
        Assert.Equal("alpha", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        Assert.False(Directory.Exists(Path.Combine(gate.Component.DataDirectory, "changes", Id)));
        Assert.Equal(3, gate.Records().Count(record => record.Kind == "change.discarded"));
    }

    [Fact]
    public async Task Unknown_SetsAndPaths_AreRefused()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");

        await RefusedAsync(gate, "b.txt");
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => Admin(gate).ApplyAsync(new ApplyRequest { Id = "../x", All = true }).ResponseAsync)).StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => Admin(gate).ApplyAsync(new ApplyRequest { Id = Id }).ResponseAsync)).StatusCode);
        Assert.Equal(["a.txt"], (await ApplyAsync(gate, "a.txt")).Applied);
    }

    [Fact]
    public async Task Folder_OfAnotherIdentity_GetsNothing()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "new.txt", "new");
        await gate.Session.DisposeAsync();
        Directory.Move(gate.Workspace, gate.Workspace + "-old");
        Directory.CreateDirectory(gate.Workspace);

        await RefusedAsync(gate, "new.txt");
        Assert.Empty(Directory.EnumerateFileSystemEntries(gate.Workspace));

        Directory.Delete(gate.Workspace);
        Directory.Move(gate.Workspace + "-old", gate.Workspace);
        Assert.Equal(["new.txt"], (await ApplyAsync(gate, "new.txt")).Applied);
    }

    [Fact]
    public async Task Session_HasNoWayToTheOperatorsSide()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");

        var refused = await Assert.ThrowsAsync<RpcException>(() => new ChangeAdmin.ChangeAdminClient(gate.Session.Grpc).ApplyAsync(new ApplyRequest { Id = Id, All = true }).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
        Assert.Equal(["a.txt"], (await ApplyAsync(gate, "a.txt")).Applied);
    }

    [Fact]
    public async Task EndOfSession_RecordsWhatWaits()
    {
        await using var gate = await OpenAsync();
        await ProposeAsync(gate, "a.txt", "other");
        await ProposeAsync(gate, "Makefile", "all:");
        await gate.Session.DisposeAsync();

        var waiting = Assert.Single(gate.Records(), record => record.Kind == "change.waiting");
        Assert.Equal((2, 1), (waiting.Number("changes"), waiting.Number("held")));
    }

    private static Task<GateScenario> OpenAsync(string more = "") => GateScenario.OpenAsync(
        GateScenario.Policy($"allow: ['**'], access: propose{more}"), scenario =>
        {
            scenario.Write("a.txt", "alpha");
            scenario.Write("c.txt", "gamma");
            scenario.Write("sub/b.txt", "beta");
            if (more.Length > 0)
            {
                var script = scenario.Write("script", "#!");
                File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        });

    private static ChangeAdmin.ChangeAdminClient Admin(GateScenario gate) => new(gate.Component.Control);

    private static async Task ProposeAsync(GateScenario gate, string path, string text, string? directory = null)
    {
        if (directory is not null)
        {
            await gate.Grpc.ProposeAsync(new ChangeRequest { Path = directory, Directory = new() });
        }

        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = path, Content = ByteString.CopyFromUtf8(text) });
    }

    private static async Task<ApplyResponse> ApplyAsync(GateScenario gate, params string[] paths) =>
        await Admin(gate).ApplyAsync(new ApplyRequest { Id = Id, Paths = { paths } });

    private static async Task RefusedAsync(GateScenario gate, params string[] paths) =>
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => ApplyAsync(gate, paths))).StatusCode);

    private static async Task<Dictionary<string, Change>> ShowAsync(GateScenario gate)
    {
        using var call = Admin(gate).Show(new ShowChangeSetRequest { Id = Id });
        var changes = new Dictionary<string, Change>(StringComparer.Ordinal);
        await foreach (var change in call.ResponseStream.ReadAllAsync())
        {
            changes[change.Path] = change;
        }

        return changes;
    }

    private static List<string> Tree(GateScenario gate) =>
        [.. Directory.EnumerateFiles(gate.Workspace, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(gate.Workspace, path)}: {File.ReadAllText(path)}")];
}
