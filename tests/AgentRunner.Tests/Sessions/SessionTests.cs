using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.AgentRunner.Tests.Sessions;

public sealed class SessionTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    [Fact]
    public async Task Run_Command_StreamsOutputAndSummarisesTheRecords()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request(
            "read line; echo got $line; echo oops >&2; curl -s $FILE_GATE_URL/allowed; curl -s $FILE_GATE_URL/secret; curl -s $FILE_GATE_URL/secret; getent hosts example.com; exit 3"), "input\n");

        Assert.Equal("got input\nhellonono", outcome.Output);
        Assert.Equal("oops\n", outcome.Errors);
        var summary = outcome.Summary;
        Assert.Equal((3, "exited"), (summary.ExitCode, summary.EndReason));
        Assert.Equal((1, 2), (summary.Files.Allowed, summary.Files.Denied));
        Assert.Equal(5, summary.FileBytes);
        Assert.True(summary.Egress.Denied >= 1);
        Assert.True(summary.AuditVerified, summary.AuditError);
        var first = summary.Denials.First(denial => denial.Plane == "files");
        Assert.Equal(("secret", "denied_by_rule", 2), (first.Subject, first.Reason, first.Count));
        Assert.Contains(summary.Denials, denial => denial is { Plane: "dns", Subject: "example.com", Reason: "dns_sink" });
    }

    [Fact]
    public async Task Run_Command_IsOnRecordFromStartToEndUnderOneTrace()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request("exec 3<>/dev/tcp/192.0.2.1/443; true"));

        var records = AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, outcome.Summary.SessionId);
        Assert.Equal(["session.started", "session.probed"], records.Where(record => record.Kind.StartsWith("session.", StringComparison.Ordinal) && record.Kind != "session.degraded").Take(2).Select(record => record.Kind));
        Assert.Contains("syscall.unshare=1 ", records.Single(record => record.Kind == "session.probed").Facts["answers"], StringComparison.Ordinal);
        Assert.Equal("session.ended", records[^1].Kind);
        Assert.Contains(records, record => record is { Subject: "192.0.2.1:443", Reason: "proxy_bypassed", Plane: "egress" });
        Assert.Single(records.Select(record => record.Trace).Distinct());
    }

    [Fact]
    public async Task End_OfSession_ClosesEveryGateAndRemovesItsDirectory()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request("ls /run/secure-agent"));

        Assert.Equal("egress-proxy.sock\nfile-gate.sock\nguest.json\ninference-gateway.sock\nsecret-broker.sock\n", outcome.Output);
        Assert.False(Directory.Exists(RunLayout.SessionDirectory(server.RunDirectory, outcome.Summary.SessionId)));
        Assert.All(Gates.GateSet.Names, name => Assert.Equal("ended", server[name].Closed[outcome.Summary.SessionId]));
    }

    [Fact]
    public async Task Kill_WithOpenConnections_CutsThemAndEndsEverything()
    {
        sandbox.RequireSandbox();
        var session = await server.Client.CreateSessionAsync(server.Request("setsid sleep 600 & curl -s $FILE_GATE_URL/hang & echo ready; wait"));
        using var call = server.Client.Attach();
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session.SessionId });
        await call.ResponseStream.MoveNext(default);

        var killed = await server.Client.KillAsync(new KillRequest { SessionId = session.SessionId });

        Assert.Equal(SessionState.Ended, killed.State);
        Assert.Equal("killed", killed.Summary.EndReason);
        Assert.Equal("killed", server[ComponentNames.FileGate].Closed[session.SessionId]);
        Assert.Equal("killed", (await RunnerFixture.ReadAsync(call)).Summary.EndReason);
    }

    [Fact]
    public async Task WallClock_Over_EndsTheSession()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request("sleep 600", "short"));

        Assert.Equal("wall_clock", outcome.Summary.EndReason);
        Assert.Contains(outcome.Summary.Denials, denial => denial is { Plane: "process", Reason: "wall_clock" });
    }

    [Fact]
    public async Task Output_BeyondTheLimit_EndsTheSession()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request("yes", "quiet"));

        Assert.Equal("output_limit", outcome.Summary.EndReason);
        Assert.InRange(outcome.Output.Length, 1, 64 << 10);
    }

    [Fact]
    public async Task Signal_FromTheOperator_ReachesTheAgent()
    {
        sandbox.RequireSandbox();
        var session = await server.Client.CreateSessionAsync(server.Request("trap 'echo caught; exit 5' INT; echo ready; while :; do read -t 1; done"));
        using var call = server.Client.Attach();
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session.SessionId });
        await call.ResponseStream.MoveNext(default);
        await call.RequestStream.WriteAsync(new AttachRequest { Signal = 2 });

        var outcome = await RunnerFixture.ReadAsync(call);

        Assert.Equal(("caught\n", 5), (outcome.Output, outcome.Summary.ExitCode));
    }

    [Fact]
    public async Task Attach_AfterTheEnd_ReplaysTheOutput()
    {
        sandbox.RequireSandbox();
        var first = await server.RunAsync(server.Request("echo once"));

        var again = await server.AttachAsync(first.Summary.SessionId, stdin: null);

        Assert.Equal(first.Output, again.Output);
        Assert.Equal(first.Summary, again.Summary);
    }

    [Fact]
    public async Task Program_NotFound_IsExit127()
    {
        sandbox.RequireSandbox();
        var request = server.Request("");
        request.Command.Clear();
        request.Command.Add("no-such-program");

        var outcome = await server.RunAsync(request);

        Assert.Equal(127, outcome.Summary.ExitCode);
        Assert.Contains("no-such-program", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfRunner_SweepsWhatAnotherLeft()
    {
        Assert.False(Directory.Exists($"{server.RunDirectory}/sessions/s-stale"));
        var status = await server.Client.GetStatusAsync(new GetStatusRequest());
        Assert.All(status.Gates, gate => Assert.True(gate.Healthy));
        Assert.Equal(14, status.Layers.Count);
        Assert.Equal((RunnerFixture.Policy, $"{server.Root}/policy.yaml"), (status.Policy, status.PolicySource));
    }

    [Fact]
    public async Task RunnerSocket_IsTheOwnersOnly()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(RunLayout.RunnerSocket(server.RunDirectory)) & (UnixFileMode)0x1ff & ~UnixFileMode.UserExecute);
        using var other = UnixSockets.Channel(RunLayout.ControlSocket(server.RunDirectory, ComponentNames.FileGate));
        var wrongDoor = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(other);
        await Assert.ThrowsAsync<RpcException>(async () => await wrongDoor.GetStatusAsync(new GetStatusRequest()));
    }
}
