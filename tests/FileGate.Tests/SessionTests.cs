using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>What ends a read: the session, the client, or a client that stops taking bytes.</summary>
public sealed class SessionTests
{
    private const int BigBytes = 64 << 20;

    private static Action<GateScenario> WithBigFile => scenario =>
    {
        using var file = File.OpenHandle(scenario.Write("big", ""), FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, BigBytes);
        scenario.Write("small", "small");
    };

    [Fact]
    public async Task Session_Closed_CutsReadsAndRefusesNewOnes()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], maxFile: 1GiB"), WithBigFile);
        using var call = gate.Grpc.Read(new ReadRequest { Path = "big" });
        Assert.True(await call.ResponseStream.MoveNext(default));

        await gate.Component.CloseSessionAsync(gate.Session.Id);

        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default))
            {
            }
        });
        await Assert.ThrowsAsync<HttpRequestException>(() => gate.Http.GetAsync("/v1/files/small"));
        Assert.False(File.Exists(gate.Session.SocketPath));
    }

    [Fact]
    public async Task Client_ThatStopsReading_IsCutAndGivesItsSlotBack()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], maxFile: 1GiB, budget: 100MiB"), WithBigFile, ("FileGate:StallTimeout", "00:00:01"), ("FileGate:MaxConcurrentReads", "1"));
        using var stalled = await gate.Session.ConnectAsync();
        await stalled.SendAsync(Encoding.ASCII.GetBytes("GET /v1/files/big HTTP/1.1\r\nHost: s\r\n\r\n"));
        var head = new byte[16];
        await stalled.ReceiveAsync(head, SocketFlags.Peek);

        // The only slot is held: this read can begin only when the stalled one has been cut.
        Assert.Equal("ok", await gate.GrpcVerdictAsync("small"));

        var receipt = Assert.Single(gate.Records(), record => record.Kind == "read.receipt");
        Assert.Equal("False", receipt.Facts["complete"]);
        Assert.InRange(receipt.Number("bytes"), 1, 4 << 20);
    }

    [Fact]
    public async Task Read_CancelledByTheClient_LeavesAReceiptOfWhatLeft()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], maxFile: 1GiB"), WithBigFile, ("FileGate:MaxConcurrentReads", "1"));
        using (var call = gate.Grpc.Read(new ReadRequest { Path = "big" }))
        {
            Assert.True(await call.ResponseStream.MoveNext(default));
        }

        Assert.Equal("ok", await gate.GrpcVerdictAsync("small"));
        Assert.Contains(gate.Records(), record => record.Kind == "read.receipt" && record.Facts["complete"] == "False");
    }

    [Fact]
    public async Task Workspace_ThatIsMissing_RefusesTheSession()
    {
        await using var gate = await GateScenario.StartAsync();
        Directory.Delete(gate.Workspace);

        var refused = await Assert.ThrowsAsync<RpcException>(() => gate.OpenAsync(GateScenario.Policy()));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("cannot be opened", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_WithoutWorkspace_AllowsNothing()
    {
        await using var gate = await GateScenario.StartAsync();
        await using var session = await gate.Component.OpenSessionAsync(GateScenario.Policy(), workspace: null, id: "s-none");
        var client = new Contracts.FileGate.V1.FileGate.FileGateClient(session.Grpc);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.StatAsync(new StatRequest { Path = "a" }));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task Profile_WithoutFiles_AllowsNothing()
    {
        await using var gate = await GateScenario.OpenAsync(
            "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default: {}\n", scenario => scenario.Write("a", "a"));

        Assert.Equal("no_rule", await gate.GrpcVerdictAsync("a"));
        await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.ListAsync(new ListRequest()));
        await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.StatAsync(new StatRequest()));
    }

    [Fact]
    public async Task Workspace_RenamedAndReplaced_StaysTheOneThatWasOpened()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(), scenario => scenario.Write("a", "first"));
        Directory.Move(gate.Workspace, gate.Workspace + "-moved");
        gate.Write("a", "second");

        Assert.Equal("first", Encoding.UTF8.GetString((await gate.ReadGrpcAsync("a")).Bytes));
    }
}
