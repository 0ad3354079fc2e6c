using System.Net;
using System.Text;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>Several roots in one profile: each with its own rules, none with a way into another.</summary>
public sealed class RootsTests
{
    [Fact]
    public async Task Roots_AreSeenBelowTheirNames()
    {
        await using var gate = await OpenAsync();

        Assert.Equal(["@data", "@shared", "a.txt"], await ListAsync(gate, ""));
        Assert.Equal(["@data/one.csv"], await ListAsync(gate, "@data"));
        Assert.Equal("1", await gate.Http.GetStringAsync("/v1/files/@data/one.csv"));
        Assert.Equal("s", await gate.Http.GetStringAsync("/v1/files/@shared/deep/s.txt"));
        Assert.Equal("alpha", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        Assert.Contains("@shared/deep/s.txt", await gate.Http.GetStringAsync("/v1/search/?glob=**"), StringComparison.Ordinal);
        Assert.Equal((long)1, (await gate.Grpc.StatAsync(new StatRequest { Path = "@data/one.csv" })).Size);
    }

    [Theory]
    [InlineData("@data/one.csv", "ok")]
    [InlineData("@data/two.csv", "no_rule")]
    [InlineData("@data", "path_invalid")]
    [InlineData("@data/", "path_invalid")]
    [InlineData("@data//one.csv", "path_escapes")]
    [InlineData("@data/../shared/deep/s.txt", "path_escapes")]
    [InlineData("@data/../../ws/a.txt", "path_escapes")]
    [InlineData("@data/link", "path_escapes")]
    [InlineData("@DATA/one.csv", "not_found")]
    [InlineData("@none/one.csv", "not_found")]
    [InlineData("@shared/deep/s.txt", "ok")]
    [InlineData("@shared/secret/k", "denied_by_rule")]
    [InlineData("secret/k", "ok")]
    public async Task Path_OfARoot_IsJudgedByItsOwnRules(string path, string expected)
    {
        await using var gate = await OpenAsync("    files:\n      - { root: '${workspace}', allow: ['**'] }\n      - { root: ROOT/data, allow: ['one.csv', link] }\n      - { root: ROOT/shared, allow: ['**'], deny: [secret] }\n");
        gate.Write("secret/k", "k");

        Assert.Equal(expected, await gate.GrpcVerdictAsync(path));
        Assert.Equal(expected, await GateAnswers.ReasonOfAsync(await gate.Http.SendAsync(GateAnswers.Raw($"/v1/files/{path}"))));
    }

    [Fact]
    public async Task Write_GoesToTheRootThatGrantsItAndNoMoveCrosses()
    {
        await using var gate = await OpenAsync("    files:\n      - { root: '${workspace}', allow: ['**'], access: write }\n      - { root: ROOT/data, allow: ['**'], access: write }\n      - { root: ROOT/shared, allow: ['**'] }\n");

        Assert.Equal(HttpStatusCode.Created, await PutAsync(gate, "@data/new.csv"));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(gate, "@shared/new.txt"));
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(gate.Outside, "data", "new.csv")));
        Assert.Equal("access_not_granted", await MoveAsync(gate, "@data/new.csv", "moved.csv"));
        Assert.Equal("ok", await MoveAsync(gate, "@data/new.csv", "@data/moved.csv"));
    }

    [Fact]
    public async Task OnlyAbsoluteRoots_NeedNoWorkspace()
    {
        await using var gate = await OpenAsync("    files:\n      - { root: ROOT/data, allow: ['one.csv'] }\n");

        Assert.Equal(["@data"], await ListAsync(gate, ""));
        Assert.Equal("1", await gate.Http.GetStringAsync("/v1/files/@data/one.csv"));
        Assert.Equal("no_rule", await gate.GrpcVerdictAsync("a.txt"));
    }

    [Theory]
    [InlineData("ROOT", "lie in each other")]
    [InlineData("ROOT/ws/sub", "lie in each other")]
    [InlineData("ROOT/alias", "lie in each other")]
    [InlineData("ROOT/none", "cannot be opened")]
    [InlineData("ROOT/@taken/taken", null)]
    [InlineData("ROOT/taken", "has a '@taken' itself")]
    [InlineData("ROOT/shared", null)]
    public async Task Root_ThatOverlapsOrIsHidden_RefusesTheSession(string root, string? why)
    {
        await using var gate = await GateScenario.StartAsync();
        Fill(gate);
        gate.Write("sub/x", "x");
        gate.Write("@taken/x", "x");
        Directory.CreateDirectory(Path.Combine(gate.Outside, "taken"));
        Directory.CreateSymbolicLink(Path.Combine(gate.Outside, "alias"), Path.Combine(gate.Workspace, "sub"));
        var policy = Policy(gate, $"    files:\n      - {{ root: '${{workspace}}', allow: ['**'] }}\n      - {{ root: {root}, allow: ['**'] }}\n");

        if (why is null && Directory.Exists(root.Replace("ROOT", gate.Outside, StringComparison.Ordinal)))
        {
            await gate.OpenAsync(policy);
        }
        else
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => gate.OpenAsync(policy));
            Assert.Contains(why ?? "cannot be opened", refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("DATA/audit")]
    [InlineData("RUN")]
    [InlineData("PARENT")]
    [InlineData("ROOT/alias")]
    [InlineData("ROOT/alias/audit")]
    public async Task ServersOwnDirectories_AreInNoRoot(string root)
    {
        await using var gate = await GateScenario.StartAsync();
        Fill(gate);
        var data = gate.Component.DataDirectory;
        File.CreateSymbolicLink(Path.Combine(gate.Outside, "alias"), data);
        var path = root.Replace("DATA", data, StringComparison.Ordinal).Replace("RUN", gate.Component.RunDirectory, StringComparison.Ordinal)
            .Replace("PARENT", Path.GetDirectoryName(data), StringComparison.Ordinal).Replace("ROOT", gate.Outside, StringComparison.Ordinal);

        var asRoot = await Assert.ThrowsAsync<RpcException>(() => gate.OpenAsync(Policy(gate, $"    files:\n      - {{ root: {path}, allow: ['**'] }}\n")));
        var asWorkspace = await Assert.ThrowsAsync<RpcException>(() => gate.Component.OpenSessionAsync(GateScenario.Policy(), workspace: path));

        Assert.All([asRoot, asWorkspace], refused => Assert.Contains("the server's own directory", refused.Status.Detail, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("write", "the server's own programs")]
    [InlineData("propose", null)]
    [InlineData("read", null)]
    public async Task ServersOwnPrograms_AreNotWritten(string access, string? why)
    {
        await using var gate = await GateScenario.StartAsync();
        var open = () => gate.Component.OpenSessionAsync(GateScenario.Policy($"allow: ['**'], access: {access}"), workspace: AppContext.BaseDirectory.TrimEnd('/'));

        if (why is null)
        {
            await open();
        }
        else
        {
            Assert.Contains(why, (await Assert.ThrowsAsync<RpcException>(open)).Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WholeMachine_IsNoWorkspace()
    {
        await using var gate = await GateScenario.StartAsync();

        var refused = await Assert.ThrowsAsync<RpcException>(() => gate.Component.OpenSessionAsync(GateScenario.Policy(), workspace: "/"));

        Assert.Contains("the server's own directory", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderBesideTheServersOwn_IsOpened()
    {
        await using var gate = await GateScenario.StartAsync();
        Fill(gate);
        var beside = Directory.CreateDirectory(gate.Component.DataDirectory + "-of-the-user");

        await gate.Component.OpenSessionAsync(GateScenario.Policy(), workspace: beside.FullName);
    }

    [Theory]
    [InlineData("one.csv", "ok")]
    [InlineData("two.csv", "no_rule")]
    public async Task SingleFile_IsGrantedByItsName(string path, string expected)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['one.csv']"), scenario =>
        {
            scenario.Write("one.csv", "1");
            scenario.Write("two.csv", "2");
        });

        Assert.Equal(expected, await gate.GrpcVerdictAsync(path));
        Assert.Equal(["one.csv"], await ListAsync(gate, ""));
    }

    [Theory]
    [InlineData("LICENSE", HttpStatusCode.Forbidden)]
    [InlineData("other.txt", HttpStatusCode.OK)]
    public async Task ReadOnlyFile_InAWritableTree_StaysAsItIs(string path, HttpStatusCode expected)
    {
        const string Profile = "    files:\n      - { root: '${workspace}', allow: ['**'], access: write }\n      - { root: '${workspace}', allow: [LICENSE], access: read }\n";
        await using var gate = await OpenAsync(Profile);
        gate.Write("LICENSE", "old");
        gate.Write("other.txt", "old");

        Assert.Equal(expected, await PutAsync(gate, path));
        Assert.Equal(expected == HttpStatusCode.OK ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await gate.Http.DeleteAsync($"/v1/files/{path}")).StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, !File.Exists(Path.Combine(gate.Workspace, path)));
    }

    private const string TwoMore = "    files:\n      - { root: '${workspace}', allow: ['**'] }\n      - { root: ROOT/data, allow: ['one.csv'] }\n      - { root: ROOT/shared, allow: ['**'] }\n";

    private static async Task<GateScenario> OpenAsync(string files = TwoMore)
    {
        var gate = await GateScenario.StartAsync();
        Fill(gate);
        await gate.OpenAsync(Policy(gate, files));
        return gate;
    }

    private static void Fill(GateScenario gate)
    {
        gate.Write("a.txt", "alpha");
        gate.Write("../data/one.csv", "1");
        gate.Write("../data/two.csv", "2");
        gate.Write("../shared/deep/s.txt", "s");
        gate.Write("../shared/secret/k", "k");
        File.CreateSymbolicLink(Path.Combine(gate.Outside, "data", "link"), Path.Combine(gate.Outside, "shared", "deep", "s.txt"));
    }

    private static string Policy(GateScenario gate, string files) =>
        $"apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n{files.Replace("ROOT", gate.Outside, StringComparison.Ordinal)}";

    private static async Task<IEnumerable<string>> ListAsync(GateScenario gate, string path) =>
        (await gate.Grpc.ListAsync(new ListRequest { Path = path })).Entries.Select(entry => entry.Path);

    private static async Task<HttpStatusCode> PutAsync(GateScenario gate, string path)
    {
        using var request = GateAnswers.Raw($"/v1/files/{path}", HttpMethod.Put);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes("new"));
        return (await gate.Http.SendAsync(request)).StatusCode;
    }

    private static async Task<string> MoveAsync(GateScenario gate, string from, string to)
    {
        try
        {
            await gate.Grpc.ProposeAsync(new ChangeRequest { Path = from, MoveTo = to });
            return "ok";
        }
        catch (RpcException refused)
        {
            return GateAnswers.ReasonOf(refused);
        }
    }
}
