using System.Diagnostics;
using Grpc.Core;
using SecureAgent.AgentRunner.Sandbox.Freezing;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A frozen session does nothing and reaches nothing, and goes on where it stood.</summary>
public sealed class FreezeTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    /// <summary>Freeze within 100 ms on a quiet machine; tests share theirs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Freeze_StopsEveryProcess_AndThawLetsThemGoOn()
    {
        sandbox.RequireSandbox();
        using var call = await StartAsync("sleep 7771.5 & setsid sleep 7771.5 & (while :; do : 7771.5; done) & echo ready; read line; echo got $line; exit 4");
        var id = await ReadyAsync(call);
        Assert.Contains(States("7771.5"), state => state != 'T');

        var frozen = await server.Client.FreezeAsync(new FreezeRequest { SessionId = id });

        Assert.Equal(SessionState.Frozen, frozen.State);
        Assert.All(States("7771.5"), state => Assert.Equal('T', state));
        var thawed = await server.Client.ThawAsync(new ThawRequest { SessionId = id });
        Assert.Equal(SessionState.Running, thawed.State);
        await call.RequestStream.WriteAsync(new AttachRequest { Stdin = Google.Protobuf.ByteString.CopyFromUtf8("it\n") });
        var outcome = await RunnerFixture.ReadAsync(call);
        Assert.Equal((4, "got it\n"), (outcome.Summary.ExitCode, outcome.Output));
        Assert.Equal(["session.frozen", "session.thawed"], Kinds(id).Where(kind => kind is "session.frozen" or "session.thawed"));
    }

    [Fact]
    public async Task Alarm_AtOneGate_FreezesTheAgentAndEveryOtherGate()
    {
        sandbox.RequireSandbox();
        using var call = await StartAsync("sleep 7772.5 & echo ready; read line; curl -s $FILE_GATE_URL/decoy; read line; echo over");
        var id = await ReadyAsync(call);
        await call.RequestStream.WriteAsync(new AttachRequest { Stdin = Google.Protobuf.ByteString.CopyFromUtf8("go\n") });
        var began = Stopwatch.GetTimestamp();

        Assert.Equal("frozen", (await NextNoticeAsync(call)).Code);

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Patience);
        Assert.All(States("7772.5"), state => Assert.Equal('T', state));
        Assert.All([ComponentNames.EgressProxy, ComponentNames.InferenceGateway, ComponentNames.SecretBroker], name => Assert.Contains(id, server[name].Frozen));
        await call.RequestStream.WriteAsync(new AttachRequest { Stdin = Google.Protobuf.ByteString.CopyFromUtf8("more\n") });
        await server.Client.KillAsync(new KillRequest { SessionId = id });
        var outcome = await RunnerFixture.ReadAsync(call);
        Assert.DoesNotContain("over", outcome.Output, StringComparison.Ordinal);
        var alarm = Assert.Single(outcome.Summary.Alarms);
        Assert.Equal(("files", "decoy", "honeypot_touched"), (alarm.Plane, alarm.Subject, alarm.Reason));
        Assert.Contains("alarm", Kinds(id));
    }

    [Theory]
    [InlineData("getent hosts metadata.google.internal", "dns", "metadata.google.internal")]
    [InlineData("exec 3<>/dev/tcp/169.254.169.254/80", "egress", "169.254.169.254:80")]
    public async Task DecoyHost_LookedUpOrSentAPacket_FreezesTheAgent(string touch, string plane, string subject)
    {
        sandbox.RequireSandbox();
        using var call = await StartAsync($"echo ready; read line; {touch}; sleep 7774.5", "decoys");
        var id = await ReadyAsync(call);
        await call.RequestStream.WriteAsync(new AttachRequest { Stdin = Google.Protobuf.ByteString.CopyFromUtf8("go\n") });

        Assert.Equal("frozen", (await NextNoticeAsync(call)).Code);

        await server.Client.KillAsync(new KillRequest { SessionId = id });
        var alarms = (await RunnerFixture.ReadAsync(call)).Summary.Alarms;
        Assert.NotEmpty(alarms);
        Assert.All(alarms, alarm => Assert.Equal((plane, subject, "honeypot_touched"), (alarm.Plane, alarm.Subject, alarm.Reason)));
    }

    [Fact]
    public async Task DecoyHost_WhereNoneAreLaid_IsARefusalLikeOthers()
    {
        sandbox.RequireSandbox();

        var outcome = await server.RunAsync(server.Request("getent hosts metadata.google.internal; echo over"));

        Assert.Equal("over\n", outcome.Output);
        Assert.Empty(outcome.Summary.Alarms);
        Assert.Contains(outcome.Summary.Denials, denial => denial is { Subject: "metadata.google.internal", Reason: "dns_sink" });
    }

    [Fact]
    public async Task Alarm_OfNobody_LeavesASessionRunning()
    {
        sandbox.RequireSandbox();

        var outcome = await server.RunAsync(server.Request("curl -s $FILE_GATE_URL/allowed; echo over"));

        Assert.Equal("helloover\n", outcome.Output);
        Assert.Empty(outcome.Summary.Alarms);
    }

    [Fact]
    public async Task Kill_OfAFrozenSession_EndsIt()
    {
        sandbox.RequireSandbox();
        using var call = await StartAsync("echo ready; sleep 7773.5");
        var id = await ReadyAsync(call);
        await server.Client.FreezeAsync(new FreezeRequest { SessionId = id });

        await server.Client.KillAsync(new KillRequest { SessionId = id });

        Assert.Equal("killed", (await RunnerFixture.ReadAsync(call)).Summary.EndReason);
        Assert.Empty(States("7773.5"));
    }

    [Fact]
    public async Task Freeze_OfAnEndedSession_IsRefused()
    {
        sandbox.RequireSandbox();
        var outcome = await server.RunAsync(server.Request("true"));

        var failure = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.FreezeAsync(new FreezeRequest { SessionId = outcome.Summary.SessionId }));

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
    }

    [Theory]
    [InlineData("42 (sleep) T 7 0", 7, 'T')]
    [InlineData("42 (a) R 1 (x) S 9 0", 9, 'S')]
    public void Stat_WithAnyName_IsReadBehindIt(string head, int parent, char state)
    {
        var entry = ProcessEntry.Parse(42, head + string.Concat(Enumerable.Range(0, 16).Select(field => $" {field}")) + " 1234 0 0");

        Assert.Equal((parent, state, 1234L), (entry.Parent, entry.State, entry.Started));
    }

    private async Task<AsyncDuplexStreamingCall<AttachRequest, SessionEvent>> StartAsync(string script, string? profile = null)
    {
        var request = server.Request(script);
        request.Profile = profile ?? request.Profile;
        var session = await server.Client.CreateSessionAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        var call = server.Client.Attach(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session.SessionId });
        last = session.SessionId;
        return call;
    }

    private string last = "";

    private async Task<string> ReadyAsync(AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call)
    {
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal("ready\n", call.ResponseStream.Current.Stdout.ToStringUtf8());
        return last;
    }

    private static async Task<Notice> NextNoticeAsync(AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call)
    {
        while (await call.ResponseStream.MoveNext())
        {
            if (call.ResponseStream.Current.Notice is { } notice)
            {
                return notice;
            }
        }

        throw new InvalidOperationException("the stream ended");
    }

    private IEnumerable<string> Kinds(string id) => AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, id).Select(record => record.Kind);

    /// <summary>States of the processes whose command line has the mark, zombies aside.</summary>
    private static List<char> States(string mark) =>
        [.. ProcessEntry.ReadAll().Where(process => process.State != 'Z' && IsMarked(process.Id, mark)).Select(process => process.State)];

    private static bool IsMarked(int id, string mark)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            return arguments is ["sleep", _, ..] or ["bash", ..] && arguments.Any(argument => argument.Contains(mark, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // gone meanwhile
        }
    }
}
