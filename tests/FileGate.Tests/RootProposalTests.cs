using System.Net;
using System.Text;
using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>Changes to roots other than the workspace wait for the operator, each root's in a set of its own.</summary>
public sealed class RootProposalTests
{
    private const string Session = "s-test";

    [Fact]
    public async Task Proposals_OfTwoRoots_AreTwoSets_AndOneIsAppliedWithoutTheOther()
    {
        await using var gate = await OpenAsync("access: propose");
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "@data/one.csv"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "@data/sub/two.csv"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "one.csv"));

        Assert.Equal(("1", "w", "new"), (Host(gate, "one.csv"), await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "one.csv")), await gate.Http.GetStringAsync("/v1/files/@data/one.csv")));
        Assert.Equal(["@data/one.csv", "@data/sub"], await ListAsync(gate, "@data"));
        Assert.Equal(["@data/sub/two.csv"], await ListAsync(gate, "@data/sub"));
        var sets = (await Admin(gate).ListAsync(new())).Sets;
        Assert.Equal([(Session, 1), (sets[1].Id, 2)], sets.Select(set => (set.Id, set.Changes)));
        Assert.Matches("^s-test\\.data-[0-9a-f]{8}$", sets[1].Id);

        var applied = await Admin(gate).ApplyAsync(new ApplyRequest { Id = sets[1].Id, All = true });

        Assert.Equal(["one.csv", "sub/two.csv"], applied.Applied);
        Assert.Equal(("new", "new", "w"), (Host(gate, "one.csv"), Host(gate, "sub/two.csv"), await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "one.csv"))));
        Assert.Equal(["@data/one.csv", "@data/sub/two.csv"], gate.Records().Where(record => record is { Kind: "change.applied", Session: Session }).Select(record => record.Subject));
    }

    [Fact]
    public async Task Move_StaysInItsRoot()
    {
        await using var gate = await OpenAsync("access: propose");

        await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "@data/one.csv", MoveTo = "@data/sub/moved.csv" });
        var crossing = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.ProposeAsync(new ChangeRequest { Path = "@data/sub/moved.csv", MoveTo = "moved.csv" }));

        Assert.Equal("access_not_granted", GateAnswers.ReasonOf(crossing));
        Assert.Equal(("1", "not_found"), (await gate.Http.GetStringAsync("/v1/files/@data/sub/moved.csv"), await gate.GrpcVerdictAsync("@data/one.csv")));
        Assert.Equal("1", Host(gate, "one.csv"));
    }

    [Fact]
    public async Task Root_ThatMayOnlyBeRead_TakesNoProposal()
    {
        await using var gate = await OpenAsync("access: read");

        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(gate, "@data/one.csv"));
        Assert.Equal(HttpStatusCode.Accepted, await PutAsync(gate, "one.csv"));
    }

    [Fact]
    public async Task Sets_OutliveTheSession_AndItsNameLeadsToThem()
    {
        await using var gate = await OpenAsync("access: propose");
        await PutAsync(gate, "@data/one.csv");

        await gate.Component.CloseSessionAsync(Session);

        var waiting = Assert.Single(gate.Records(), record => record.Kind == "change.waiting");
        Assert.Equal((Session, 1L), (waiting.Session, waiting.Number("changes")));
        var id = Assert.Single((await Admin(gate).ListAsync(new())).Sets).Id;
        var missing = await Assert.ThrowsAsync<RpcException>(async () => await Admin(gate).ApplyAsync(new ApplyRequest { Id = Session, All = true }));
        Assert.Contains(id, missing.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access: propose", 2, 0)]
    [InlineData("access: read", 1, 1)]
    public async Task Copy_BringsTheChangesOfEveryRootBack(string access, int changes, int refused)
    {
        await using var gate = await OpenAsync(access + ", deliver: copy", ", deliver: copy");
        var copy = Path.Combine(RunLayout.SessionDirectory(gate.Component.RunDirectory, Session), "workspace");
        await File.WriteAllTextAsync(Path.Combine(copy, "@data", "one.csv"), "edited");
        await File.WriteAllTextAsync(Path.Combine(copy, "one.csv"), "edited too");

        await gate.Component.CloseSessionAsync(Session);
        var outcome = await new WorkspaceCopies.WorkspaceCopiesClient(gate.Component.Control).CollectAsync(new CollectRequest { SessionId = Session });

        Assert.Equal((changes, refused), (outcome.Changes, outcome.Refused));
        foreach (var set in (await Admin(gate).ListAsync(new())).Sets)
        {
            await Admin(gate).ApplyAsync(new ApplyRequest { Id = set.Id, All = true });
        }

        Assert.Equal((refused == 0 ? "edited" : "1", "edited too"), (Host(gate, "one.csv"), await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "one.csv"))));
    }

    private static async Task<GateScenario> OpenAsync(string access, string workspace = "")
    {
        var gate = await GateScenario.StartAsync();
        gate.Write("one.csv", "w");
        gate.Write("../data/one.csv", "1");
        Directory.CreateDirectory(Path.Combine(gate.Outside, "data", "sub"));
        await gate.OpenAsync(
            "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    files:\n"
            + $"      - {{ root: '${{workspace}}', allow: ['**'], access: propose{workspace} }}\n      - {{ root: {gate.Outside}/data, allow: ['**'], {access} }}\n");
        return gate;
    }

    private static ChangeAdmin.ChangeAdminClient Admin(GateScenario gate) => new(gate.Component.Control);

    private static string Host(GateScenario gate, string path) => File.ReadAllText(Path.Combine(gate.Outside, "data", path));

    private static async Task<IEnumerable<string>> ListAsync(GateScenario gate, string path) =>
        (await gate.Grpc.ListAsync(new ListRequest { Path = path })).Entries.Select(entry => entry.Path);

    private static async Task<HttpStatusCode> PutAsync(GateScenario gate, string path)
    {
        using var request = GateAnswers.Raw($"/v1/files/{path}", HttpMethod.Put);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes("new"));
        return (await gate.Http.SendAsync(request)).StatusCode;
    }
}
