using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A session follows the file of its policy until an agent could be the one who edits it.</summary>
public sealed class PolicyFileTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    private string File => Path.Combine(server.Root, "followed.yaml");

    [Fact]
    public async Task Edit_IsInForce_UntilAnAgentMayWriteFiles_ThenItIsTheOperators()
    {
        sandbox.RequireSandbox();
        using var call = await FollowAsync(Text("a.test"));
        var id = call.Session;

        await WriteAsync("nonsense");
        Assert.Equal("policy_refused", await NextNoticeAsync(call.Stream));
        await WriteAsync(Text("b.test"));
        Assert.Equal("policy_changed", await NextNoticeAsync(call.Stream));
        Assert.Single(Changes(id));

        var writer = server.Request("true", "writer");
        (writer.Policy, writer.PolicySource) = (Text("a.test"), File);
        await server.RunAsync(writer);
        await WriteAsync(Text("c.test"));
        Assert.Equal("policy_refused", await NextNoticeAsync(call.Stream));
        Assert.Single(Changes(id));

        await server.Client.ChangePolicyAsync(new ChangePolicyRequest { SessionId = id, Policy = Text("c.test"), PolicySource = File });
        Assert.Equal("policy_changed", await NextNoticeAsync(call.Stream));
        Assert.Equal(2, Changes(id).Count());
        await server.Client.KillAsync(new KillRequest { SessionId = id });
    }

    [Fact]
    public async Task Change_OfASessionThatNeedsANewOne_OrHasEnded_IsRefused()
    {
        sandbox.RequireSandbox();
        using var call = await FollowAsync(Text("a.test"));
        var id = call.Session;

        var limits = await Assert.ThrowsAsync<RpcException>(async () =>
            await server.Client.ChangePolicyAsync(new ChangePolicyRequest { SessionId = id, Policy = Text("a.test").Replace("512", "513", StringComparison.Ordinal) }));
        await server.Client.KillAsync(new KillRequest { SessionId = id });
        var ended = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.ChangePolicyAsync(new ChangePolicyRequest { SessionId = id, Policy = Text("a.test") }));

        Assert.Equal((StatusCode.FailedPrecondition, StatusCode.FailedPrecondition), (limits.StatusCode, ended.StatusCode));
        Assert.Contains("sandbox: the limits of a running sandbox do not change", limits.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Changes(id));
    }

    [Fact]
    public async Task Change_ThatOneGateAgreedToAndDidNotTake_FreezesTheSession()
    {
        sandbox.RequireSandbox();
        using var call = await FollowAsync(Text("a.test"));
        server[ComponentNames.EgressProxy].FailsToChange = true;
        try
        {
            var failure = await Assert.ThrowsAsync<RpcException>(async () =>
                await server.Client.ChangePolicyAsync(new ChangePolicyRequest { SessionId = call.Session, Policy = Text("b.test") }));

            Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
            Assert.StartsWith("egress-proxy:", failure.Status.Detail, StringComparison.Ordinal);
            Assert.Equal(SessionState.Frozen, (await server.Client.GetSessionAsync(new GetSessionRequest { SessionId = call.Session })).State);
        }
        finally
        {
            server[ComponentNames.EgressProxy].FailsToChange = false;
            await server.Client.KillAsync(new KillRequest { SessionId = call.Session });
        }
    }

    private static string Text(string host) => $$"""
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          follower:
            sandbox: { pids: 512 }
            egress: [{ host: {{host}} }]
          writer:
            sandbox: { pids: 512 }
            files: [{ root: "${workspace}", allow: ["**"], access: write }]
        """;

    private Task WriteAsync(string text) => System.IO.File.WriteAllTextAsync(File, text);

    private async Task<Followed> FollowAsync(string text)
    {
        await WriteAsync(text);
        var request = server.Request("sleep 7781.5", "follower");
        (request.Policy, request.PolicySource) = (text, File);
        var session = await server.Client.CreateSessionAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        var call = server.Client.Attach(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session.SessionId });
        return new Followed(session.SessionId, call);
    }

    private static async Task<string> NextNoticeAsync(AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call)
    {
        while (await call.ResponseStream.MoveNext())
        {
            if (call.ResponseStream.Current.Notice is { } notice)
            {
                return notice.Code;
            }
        }

        throw new InvalidOperationException("the stream ended");
    }

    private IEnumerable<AuditRecord> Changes(string id) =>
        AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, id).Where(record => record.Kind == "session.policy_changed");

    private sealed record Followed(string Session, AsyncDuplexStreamingCall<AttachRequest, SessionEvent> Stream) : IDisposable
    {
        public void Dispose() => Stream.Dispose();
    }
}
