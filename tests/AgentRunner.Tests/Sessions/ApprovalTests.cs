using Grpc.Core;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A gate holds an agent's request; the operator sees it, decides, and the decision is on record before the gate is told.</summary>
public sealed class ApprovalTests(RunnerFixture server, SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "Once")]
    [InlineData(false, "no")]
    public async Task Decision_ReachesTheAgent_AndIsOnRecord(bool allow, string answer)
    {
        sandbox.RequireSandbox();
        await WatchedAsync();
        var session = await server.Client.CreateSessionAsync(server.Request("curl -s $FILE_GATE_URL/ask"), cancellationToken: Token);
        var waiting = await WaitingAsync(session.SessionId);

        Assert.Equal((session.SessionId, "default", "no_rule"), (waiting.SessionId, waiting.Profile, waiting.Reason));
        Assert.Equal("host\\u{1b}[2J:443", waiting.Subject); // escaped
        Assert.Equal("-one\n+\\u{1b}]0;two\\u{7}\n", waiting.Detail); // line by line
        await server.Client.DecideAsync(new DecideRequest { ApprovalId = waiting.ApprovalId, Allow = allow, Scope = ApprovalScope.Once }, cancellationToken: Token);

        var outcome = await server.AttachAsync(session.SessionId);
        Assert.Equal(answer, outcome.Output);
        var records = AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, session.SessionId);
        var decided = Assert.Single(records, record => record.Kind == "session.decided");
        Assert.Equal(("host\u001b[2J:443", allow.ToString(), allow ? "once" : "session", waiting.ApprovalId), (decided.Subject, decided.Facts["allowed"], decided.Facts["scope"], decided.Facts["approval"]));
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(async () =>
            await server.Client.DecideAsync(new DecideRequest { ApprovalId = waiting.ApprovalId, Allow = true, Scope = ApprovalScope.Once }, cancellationToken: Token))).StatusCode);
    }

    [Fact]
    public async Task Decision_ForTheSession_IsToldAsSuch()
    {
        sandbox.RequireSandbox();
        await WatchedAsync();
        var session = await server.Client.CreateSessionAsync(server.Request("curl -s $FILE_GATE_URL/ask"), cancellationToken: Token);
        var waiting = await WaitingAsync(session.SessionId);
        await server.Client.DecideAsync(new DecideRequest { ApprovalId = waiting.ApprovalId, Allow = true, Scope = ApprovalScope.Session }, cancellationToken: Token);

        Assert.Equal("Session", (await server.AttachAsync(session.SessionId)).Output);
    }

    [Theory]
    [InlineData("ask-plain", "new.test:443", "+    egress:\n+      - {host: \"new.test\", ports: [443]}\n")]
    [InlineData("ask", "host\\u{1b}[2J:443", "")]
    public async Task QuestionForAHost_ProposesAChangeOfTheDocument(string path, string subject, string diff)
    {
        sandbox.RequireSandbox();
        await WatchedAsync("egress-proxy");
        var session = await server.Client.CreateSessionAsync(server.Request($"curl -s --noproxy '' http://127.0.0.1:3128/{path}"), cancellationToken: Token);
        var waiting = await WaitingAsync(session.SessionId);

        Assert.Equal(("egress", subject), (waiting.Plane, waiting.Subject));
        Assert.Contains(diff, waiting.PolicyDiff, StringComparison.Ordinal);
        Assert.Equal(diff.Length == 0, waiting.PolicyDiff.Length == 0);
        await server.Client.KillAsync(new KillRequest { SessionId = session.SessionId }, cancellationToken: Token);
    }

    [Fact]
    public async Task Decision_WithoutScope_IsRefusedAndTheRequestWaitsOn()
    {
        sandbox.RequireSandbox();
        await WatchedAsync();
        var session = await server.Client.CreateSessionAsync(server.Request("curl -s $FILE_GATE_URL/ask"), cancellationToken: Token);
        var waiting = await WaitingAsync(session.SessionId);

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.DecideAsync(new DecideRequest { ApprovalId = waiting.ApprovalId, Allow = true }, cancellationToken: Token));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.Equal(waiting.ApprovalId, (await WaitingAsync(session.SessionId)).ApprovalId);
        using var call = server.Client.Approvals(new ApprovalsRequest { SessionId = session.SessionId }, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        await server.Client.KillAsync(new KillRequest { SessionId = session.SessionId }, cancellationToken: Token);
        while (call.ResponseStream.Current.Settled is null)
        {
            Assert.True(await call.ResponseStream.MoveNext(Token)); // whoever asked has left
        }

        Assert.Equal(waiting.ApprovalId, call.ResponseStream.Current.Settled.ApprovalId);
    }

    /// <summary>The runner listens to the gate: what is asked before is refused at once.</summary>
    private async Task WatchedAsync(string gate = "file-gate")
    {
        while (!server[gate].Questions.IsWatched)
        {
            await Task.Yield();
        }
    }

    private async Task<Approval> WaitingAsync(string session)
    {
        using var call = server.Client.Approvals(new ApprovalsRequest { SessionId = session }, cancellationToken: Token);
        await foreach (var next in call.ResponseStream.ReadAllAsync(Token))
        {
            if (next.Waiting is { } waiting)
            {
                return waiting;
            }
        }

        throw new InvalidOperationException("the stream ended");
    }
}
