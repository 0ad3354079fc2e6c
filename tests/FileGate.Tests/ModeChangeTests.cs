using System.Net;
using System.Net.Http.Json;
using Grpc.Core;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>Permission bits of a file: made where the policy says write, proposed where it says propose, and never more than permission bits.</summary>
public sealed class ModeChangeTests
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    [Fact]
    public async Task Mode_WhereWriteIsGranted_IsChanged_AndTheContentStays()
    {
        await using var gate = await OpenAsync("write");

        Assert.Equal(HttpStatusCode.OK, await PatchAsync(gate, "a.sh", "755"));

        Assert.Equal((Executable, "true"), (File.GetUnixFileMode(PathOf(gate, "a.sh")), await File.ReadAllTextAsync(PathOf(gate, "a.sh"))));
        await gate.Grpc.WriteAsync(new ChangeRequest { Path = "a.sh", Mode = 0b110_000_000 });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(PathOf(gate, "a.sh")));
    }

    [Fact]
    public async Task Mode_ThatIsProposed_WaitsForTheOperator_WhoAppliesANewExecutableByNameOnly()
    {
        await using var gate = await OpenAsync("propose");
        var before = File.GetUnixFileMode(PathOf(gate, "a.sh"));

        Assert.Equal(HttpStatusCode.Accepted, await PatchAsync(gate, "a.sh", "0755"));

        var admin = new ChangeAdmin.ChangeAdminClient(gate.Component.Control);
        using var shown = admin.Show(new ShowChangeSetRequest { Id = "s-test" });
        var change = Assert.Single(await shown.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("a.sh", "mode", 0b111_101_101), (change.Path, change.Verb, change.NewMode));
        Assert.NotEmpty((await admin.ApplyAsync(new ApplyRequest { Id = "s-test", All = true })).Held);
        Assert.Equal(before, File.GetUnixFileMode(PathOf(gate, "a.sh")));
        await admin.ApplyAsync(new ApplyRequest { Id = "s-test", Paths = { "a.sh" } });
        Assert.Equal(Executable, File.GetUnixFileMode(PathOf(gate, "a.sh")));
    }

    [Theory]
    [InlineData("4755", "request_malformed")]
    [InlineData("7777", "request_malformed")]
    [InlineData("rwx", "request_malformed")]
    [InlineData("888", "request_malformed")]
    [InlineData("", "request_malformed")]
    [InlineData("755", null)]
    public async Task Mode_OfMoreThanPermissionBits_IsRefused(string mode, string? reason)
    {
        await using var gate = await OpenAsync("write");

        using var answer = await SendAsync(gate, "a.sh", mode);

        Assert.Equal(reason is null, answer.IsSuccessStatusCode);
        Assert.Contains(reason ?? "etag", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", "a.sh", "access_not_granted")]
    [InlineData("write", "private/k", "denied_by_rule")]
    [InlineData("write", "sub", "not_regular_file")]
    [InlineData("propose", "none", "not_found")]
    [InlineData("write", "../out", "path_escapes")]
    public async Task Mode_OfWhatMayNotBeChanged_IsRefused(string access, string path, string reason)
    {
        await using var gate = await OpenAsync(access);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.ProposeAsync(new ChangeRequest { Path = path, Mode = 0b111_101_101 }));

        Assert.Equal(reason, GateAnswers.ReasonOf(refused));
    }

    [Fact]
    public async Task Mode_OverTheWire_OfMoreThanPermissionBits_IsRefused()
    {
        await using var gate = await OpenAsync("write");

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.WriteAsync(new ChangeRequest { Path = "a.sh", Mode = 0b100_111_101_101 }));

        Assert.Equal("request_malformed", GateAnswers.ReasonOf(refused));
    }

    private static Task<GateScenario> OpenAsync(string access) => GateScenario.OpenAsync(GateScenario.Policy($"allow: ['**'], deny: ['private'], access: {access}"), scenario =>
    {
        File.WriteAllText(PathOf(scenario, "a.sh"), "true");
        File.SetUnixFileMode(PathOf(scenario, "a.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(PathOf(scenario, "sub"));
        Directory.CreateDirectory(PathOf(scenario, "private"));
        File.WriteAllText(PathOf(scenario, "private/k"), "k");
    });

    private static string PathOf(GateScenario gate, string path) => Path.Combine(gate.Workspace, path);

    private static async Task<HttpStatusCode> PatchAsync(GateScenario gate, string path, string mode)
    {
        using var answer = await SendAsync(gate, path, mode);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SendAsync(GateScenario gate, string path, string mode) =>
        gate.Http.PatchAsync($"/v1/files/{path}", JsonContent.Create(new { mode }));
}
