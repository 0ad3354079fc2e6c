using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Each refusal: the right side blamed, the words say what to change, nothing is left.</summary>
public sealed class RefusalTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    public static TheoryData<string, Action<CreateSessionRequest>, StatusCode, string> Bad => new()
    {
        { "workspace missing", request => request.Workspace = "/no/such/place", StatusCode.InvalidArgument, "give an existing directory" },
        { "workspace a file", request => request.Workspace = "/etc/passwd", StatusCode.InvalidArgument, "is a file" },
        { "workspace relative", request => request.Workspace = "notes", StatusCode.InvalidArgument, "not an absolute path" },
        { "profile unknown", request => request.Profile = "defualt", StatusCode.InvalidArgument, "it has auto, container, decoys, default, gvisor, later, little, quiet, short" },
        { "policy typo", request => (request.Policy, request.PolicySource) = ("profiles: {", "mine.yaml"), StatusCode.InvalidArgument, "mine.yaml:" },
        { "unsupported", request => request.Profile = "later", StatusCode.InvalidArgument, "honeypots" },
        { "nothing to run", request => request.Command.Clear(), StatusCode.InvalidArgument, "either a task" },
        { "task and command", request => request.Task = "x", StatusCode.InvalidArgument, "either a task" },
        { "empty command", request => request.Command[0] = "", StatusCode.InvalidArgument, "empty" },
        { "NUL", request => request.Command.Add("a\0b"), StatusCode.InvalidArgument, "NUL" },
        { "too long", request => request.Command.Add(new string('x', 128 << 10)), StatusCode.InvalidArgument, "131071" },
        { "unknown layer", request => request.AllowDegraded.Add("everything"), StatusCode.InvalidArgument, "landlock" },
        { "sandbox itself", request => request.AllowDegraded.Add("user_namespace"), StatusCode.InvalidArgument, "user_namespace" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task Request_Wrong_IsRefusedWithTheMend(string what, Action<CreateSessionRequest> change, StatusCode code, string words)
    {
        var request = server.Request("true");
        change(request);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.CreateSessionAsync(request));

        Assert.True(code == refusal.StatusCode, $"{what}: {refusal.Status}");
        Assert.Contains(words, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories($"{server.RunDirectory}/sessions"));
    }

    [Fact]
    public async Task Gate_Refusing_UndoesTheOthers()
    {
        sandbox.RequireSandbox();
        var broker = server[ComponentNames.SecretBroker];
        broker.Refusal = "no such secret";
        try
        {
            var refusal = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.CreateSessionAsync(server.Request("true")));

            Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
            Assert.Contains("secret-broker: no such secret", refusal.Status.Detail, StringComparison.Ordinal);
            var opened = server[ComponentNames.FileGate];
            Assert.All(opened.Opened, id => Assert.True(opened.Closed.ContainsKey(id)));
            Assert.Empty(Directory.GetDirectories($"{server.RunDirectory}/sessions"));
        }
        finally
        {
            broker.Refusal = null;
        }
    }

    [Fact]
    public async Task Session_Unknown_IsNotFound()
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.KillAsync(new KillRequest { SessionId = "s-none" }));

        Assert.Equal(StatusCode.NotFound, refusal.StatusCode);
    }
}

/// <summary>Tests that break the server: each has its own.</summary>
public sealed class RunnerLifetimeTests(Sandbox.SandboxFixture sandbox)
{
    [Fact]
    public async Task Gate_Gone_NewSessionsAreRefusedByName()
    {
        sandbox.RequireSandbox();
        var server = new RunnerFixture();
        await server.InitializeAsync();
        await using var _ = server;
        await server[ComponentNames.EgressProxy].DisposeAsync();

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.CreateSessionAsync(server.Request("true")));

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains(ComponentNames.EgressProxy, refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_WithRunningSessions_LeavesNothing()
    {
        sandbox.RequireSandbox();
        var server = new RunnerFixture();
        await server.InitializeAsync();
        await using var _ = server;
        var sessions = new List<Session>();
        for (var index = 0; index < 3; index++)
        {
            sessions.Add(await server.Client.CreateSessionAsync(server.Request("trap '' TERM INT HUP; setsid sleep 600 & while :; do sleep 600; done")));
        }

        var began = TimeProvider.System.GetTimestamp();
        await server.StopRunnerAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Empty(Directory.GetDirectories($"{server.RunDirectory}/sessions"));
        Assert.All(sessions, session => Assert.Equal("killed", server[ComponentNames.FileGate].Closed[session.SessionId]));
        Assert.All(sessions, session => Assert.Empty(Sandbox.HostProcesses.WithSessionDirectory(session.SessionId)));
    }
}
