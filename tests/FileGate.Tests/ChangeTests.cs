using System.Net;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Tests;

/// <summary>Changes through HTTP and gRPC: made where the policy says write, over the folder where it says propose, nowhere else.</summary>
public sealed class ChangeTests
{
    [Fact]
    public async Task Put_WhereWriteIsGranted_ChangesTheFolder()
    {
        await using var gate = await OpenAsync("write");

        Assert.Equal(HttpStatusCode.Created, await PutAsync(gate, "new.txt", "new"));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(gate, "a.txt", "other"));
        Assert.Equal(HttpStatusCode.OK, (await gate.Http.DeleteAsync("/v1/files/sub/b.txt")).StatusCode);

        Assert.Equal("new", Host(gate, "new.txt"));
        Assert.Equal("other", Host(gate, "a.txt"));
        Assert.Null(Host(gate, "sub/b.txt"));
        Assert.Equal("new", await gate.Http.GetStringAsync("/v1/files/new.txt"));
        Assert.Equal(["a.txt", "new.txt", "script", "sub"], Directory.EnumerateFileSystemEntries(gate.Workspace).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(["write create", "write edit", "write delete"], Changes(gate));
    }

    [Fact]
    public async Task Put_WhereOnlyProposalsAre_IsSeenByTheSessionAlone()
    {
        await using var gate = await OpenAsync("propose");

        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "new.txt", "new"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "a.txt", "other needle"));
        Assert.Equal(HttpStatusCode.Accepted, (await gate.Http.DeleteAsync("/v1/files/sub/b.txt")).StatusCode);
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "deep/er", Directory = new() });
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "deep/er/c", Content = ByteString.CopyFromUtf8("c") });
        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "script", MoveTo = "sub/script" });

        Assert.Equal("alpha", Host(gate, "a.txt"));
        Assert.Equal("beta", Host(gate, "sub/b.txt"));
        Assert.Equal(["a.txt", "script", "sub"], Directory.EnumerateFileSystemEntries(gate.Workspace).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("other needle", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        Assert.Equal("not_found", await gate.GrpcVerdictAsync("sub/b.txt"));
        Assert.Equal("not_found", await gate.GrpcVerdictAsync("script"));
        Assert.Equal(["a.txt", "deep", "new.txt", "sub"], await ListAsync(gate, ""));
        Assert.Equal(["sub/script"], await ListAsync(gate, "sub"));
        Assert.Equal(["deep/er/c"], await ListAsync(gate, "deep/er"));
        Assert.Contains("needle", await gate.Http.GetStringAsync("/v1/search/?regex=needle"), StringComparison.Ordinal);
        Assert.Equal(["propose create", "propose edit", "propose delete", "propose directory", "propose directory", "propose create", "propose move", "propose move"], Changes(gate));
    }

    [Theory]
    [InlineData("read", "a.txt", "access_not_granted")]
    [InlineData("write", "a.txt", "ok")]
    [InlineData("propose", "a.txt", "ok")]
    [InlineData("write", "private/k", "denied_by_rule")]
    [InlineData("write", "../out", "path_escapes")]
    [InlineData("write", "sub", "not_regular_file")]
    [InlineData("propose", "sub", "not_regular_file")]
    [InlineData("write", "none/a", "not_found")]
    [InlineData("propose", "none/a", "not_found")]
    [InlineData("write", "a.txt/b", "not_found")]
    [InlineData("write", ".hidden", "path_hidden")]
    [InlineData("write", ".secure-agent-swap-x", "path_invalid")]
    [InlineData("write", "", "path_invalid")]
    public async Task Path_OfAChange_GetsItsVerdict(string access, string path, string expected)
    {
        await using var gate = await OpenAsync(access);

        Assert.Equal(expected, await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(Request($"/v1/files/{path}", "x"))));
        Assert.Equal(expected, await ReasonAsync(gate.Grpc.ProposeAsync(new ChangeRequest { Path = path, Content = ByteString.CopyFromUtf8("x") })));
    }

    [Theory]
    [InlineData("write", "ok")]
    [InlineData("propose", "access_not_granted")]
    public async Task Write_OfGrpc_IsNeverAProposal(string access, string expected)
    {
        await using var gate = await OpenAsync(access);

        Assert.Equal(expected, await ReasonAsync(gate.Grpc.WriteAsync(new ChangeRequest { Path = "a.txt", Content = ByteString.CopyFromUtf8("x") })));
    }

    [Theory]
    [InlineData("write")]
    [InlineData("propose")]
    public async Task Links_AreNotWrittenThrough(string access)
    {
        await using var gate = await OpenAsync(access);
        var outside = Path.Combine(gate.Outside, "secret");
        await File.WriteAllTextAsync(outside, "outside");
        File.CreateSymbolicLink(Path.Combine(gate.Workspace, "link"), outside);
        Directory.CreateSymbolicLink(Path.Combine(gate.Workspace, "dir"), gate.Outside);
        Native.Link(Path.Combine(gate.Workspace, "a.txt"), Path.Combine(gate.Workspace, "hard"));

        Assert.Equal("path_escapes", await ReasonAsync(gate.Grpc.ProposeAsync(Content("dir/secret"))));
        Assert.Equal("hard_linked", await ReasonAsync(gate.Grpc.ProposeAsync(Content("hard"))));
        Assert.NotEqual("ok", await ReasonAsync(gate.Grpc.ProposeAsync(Content("link"))));
        Assert.Equal("outside", await File.ReadAllTextAsync(outside));
        Assert.Equal("ok", await ReasonAsync(gate.Grpc.ProposeAsync(Content("sub/b.txt"))));
    }

    [Theory]
    [InlineData("write")]
    [InlineData("propose")]
    public async Task Version_ThatIsAnother_IsAConflict(string access)
    {
        await using var gate = await OpenAsync(access);
        var etag = (await gate.Grpc.StatAsync(new StatRequest { Path = "a.txt" })).Etag;

        var first = await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Content = ByteString.CopyFromUtf8("1"), ExpectedEtag = etag });

        Assert.Equal("change_conflict", await ReasonAsync(gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Content = ByteString.CopyFromUtf8("2"), ExpectedEtag = etag })));
        Assert.Equal("change_conflict", await ReasonAsync(gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Content = ByteString.CopyFromUtf8("2"), MustBeNew = true })));
        Assert.Equal("change_conflict", await ReasonAsync(gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", MoveTo = "sub/b.txt" })));
        Assert.Equal("ok", await ReasonAsync(gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", Content = ByteString.CopyFromUtf8("2"), ExpectedEtag = first.Etag })));
    }

    [Fact]
    public async Task Mode_OfAFile_StaysWhenItsContentIsReplaced()
    {
        await using var gate = await OpenAsync("write");
        var script = Path.Combine(gate.Workspace, "script");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead;
        File.SetUnixFileMode(script, Mode);

        await PutAsync(gate, "script", "two");
        await gate.Grpc.WriteAsync(new ChangeRequest { Path = "dir", Directory = new() });

        Assert.Equal(Mode, File.GetUnixFileMode(script));
        Assert.True(File.GetUnixFileMode(Path.Combine(gate.Workspace, "dir")).HasFlag(UnixFileMode.OtherExecute));
    }

    [Theory]
    [InlineData(1000, "ok")]
    [InlineData(1001, "file_too_large")]
    public async Task Content_LargerThanMaxFile_IsRefused(int bytes, string expected)
    {
        await using var gate = await OpenAsync("propose", ", maxFile: 1000B");

        Assert.Equal(expected, await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(Request("/v1/files/a.txt", new string('x', bytes)))));
    }

    [Fact]
    public async Task Content_OfEightMebibytes_IsTaken()
    {
        await using var gate = await OpenAsync("propose");

        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "big", new string('x', 8 << 20)));
        Assert.Equal("file_too_large", await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(Request("/v1/files/big", new string('x', (8 << 20) + 1)))));
    }

    [Fact]
    public async Task Budget_CoversWhatIsWritten()
    {
        await using var gate = await OpenAsync("write", ", budget: 10B");

        Assert.Equal(HttpStatusCode.Created, await PutAsync(gate, "1", "12345678"));
        Assert.Equal("budget_exceeded", await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(Request("/v1/files/2", "123"))));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(gate, "3", "12"));
    }

    [Fact]
    public async Task Proposals_WithoutRoom_AreRefused()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], access: propose"), _ => { }, ("FileGate:MaxProposals", "2"));

        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "1", "x"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "2", "x"));
        Assert.Equal("budget_exceeded", await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(Request("/v1/files/3", "x"))));
    }

    [Fact]
    public async Task Proposals_OfAClosedSession_AreThereWhenItComesBack()
    {
        await using var gate = await OpenAsync("propose");
        await PutAsync(gate, "new.txt", "new");
        await gate.Session.DisposeAsync();

        await gate.OpenAsync(Policy("propose"));

        Assert.Equal("new", await gate.Http.GetStringAsync("/v1/files/new.txt"));
        Assert.Null(Host(gate, "new.txt"));
    }

    [Fact]
    public async Task Change_ThatUndoesAnother_LeavesNoProposal()
    {
        await using var gate = await OpenAsync("propose");
        await PutAsync(gate, "a.txt", "other");
        await PutAsync(gate, "new.txt", "new");
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(gate.Component.DataDirectory, "changes", "s-test"), "c-*"));

        await PutAsync(gate, "a.txt", "alpha");
        await gate.Http.DeleteAsync("/v1/files/new.txt");

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(gate.Component.DataDirectory, "changes", "s-test"), "c-*"));
    }

    private static ChangeRequest Content(string path) => new() { Path = path, Content = ByteString.CopyFromUtf8("x") };

    private static string Policy(string access, string more = "") => GateScenario.Policy($"allow: ['**'], deny: ['private'], access: {access}{more}");

    private static Task<GateScenario> OpenAsync(string access, string more = "") => GateScenario.OpenAsync(Policy(access, more), scenario =>
    {
        scenario.Write("a.txt", "alpha");
        scenario.Write("script", "one");
        scenario.Write("sub/b.txt", "beta");
    });

    private static HttpRequestMessage Request(string target, string text)
    {
        var request = GateAnswers.Raw(target, HttpMethod.Put);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        return request;
    }

    private static async Task<HttpStatusCode> PutAsync(GateScenario gate, string path, string text) =>
        (await gate.Http.SendAsync(Request($"/v1/files/{path}", text))).StatusCode;

    private static string? Host(GateScenario gate, string path) =>
        Path.Combine(gate.Workspace, path) is var full && File.Exists(full) ? File.ReadAllText(full) : null;

    private static async Task<IEnumerable<string>> ListAsync(GateScenario gate, string path) =>
        (await gate.Grpc.ListAsync(new ListRequest { Path = path })).Entries.Select(entry => entry.Path);

    private static IEnumerable<string> Changes(GateScenario gate) => gate.Records()
        .Where(record => record.Facts.ContainsKey("change") && record.IsAllowed).Select(record => $"{record.Facts["op"]} {record.Facts["change"]}");

    private static async Task<string> ReasonAsync(AsyncUnaryCall<ChangeResponse> call)
    {
        try
        {
            await call;
            return "ok";
        }
        catch (RpcException refused)
        {
            return GateAnswers.ReasonOf(refused);
        }
    }
}
