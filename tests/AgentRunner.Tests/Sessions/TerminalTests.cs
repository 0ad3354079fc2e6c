using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>An agent on a terminal of its own, its client coming and going.</summary>
public sealed class TerminalTests(RunnerFixture server, Sandbox.SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    [Fact]
    public async Task Agent_OnATerminal_FindsNameSizeAndType()
    {
        sandbox.RequireSandbox();
        using var client = await StartAsync("tty; stty size; echo $TERM; test -t 0 && test -t 1 && test -t 2 && echo all; cat < /dev/tty");

        await client.ReadUntilAsync("all\r\n");
        Assert.Equal("/dev/pts/0\r\n30 100\r\nxterm\r\nall\r\n", client.Seen);
        await client.TypeAsync("x\u0004\u0004");
        Assert.Equal(0, (await client.EndAsync()).ExitCode);
        Assert.EndsWith("xx", client.Seen, StringComparison.Ordinal); // echoed, then printed
    }

    [Fact]
    public async Task Agent_OnPipes_HasNone()
    {
        sandbox.RequireSandbox();

        var outcome = await server.RunAsync(server.Request("tty; echo $TERM; exec 3</dev/tty"));

        Assert.Equal("not a tty\ndumb\n", outcome.Output);
        Assert.NotEqual(0, outcome.Summary.ExitCode);
    }

    [Fact]
    public async Task Resize_ReachesTheAgent()
    {
        sandbox.RequireSandbox();
        using var client = await StartAsync("trap 'stty size; exit 3' WINCH; echo ready; while :; do read -t 1; done");
        await client.ReadUntilAsync("ready");

        await client.SendAsync(new AttachRequest { Resize = new Terminal { Rows = 50, Columns = 132 } });

        Assert.Equal(3, (await client.EndAsync()).ExitCode);
        Assert.Contains("50 132", client.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ControlC_AndControlZ_ActOnTheProgramInFront()
    {
        sandbox.RequireSandbox();
        using var client = await StartAsync("exec bash --norc -i");
        await client.ReadUntilAsync("$ ");
        await client.TypeAsync("bash -c 'echo in-$((3+4)); sleep 600'\n"); // the echo of what is typed holds no result
        await client.ReadUntilAsync("in-7");
        await client.TypeAsync("\u0003");
        await client.TypeAsync("echo after-$((1+1))\n");
        await client.ReadUntilAsync("after-2");
        await client.TypeAsync("bash -c 'echo in-$((4+4)); sleep 601'\n");
        await client.ReadUntilAsync("in-8");
        await client.TypeAsync("\u001a");
        await client.ReadUntilAsync("Stopped");
        await client.TypeAsync("kill -9 %1\nexit 7\nexit 7\n");

        var summary = await client.EndAsync();

        Assert.True(summary.ExitCode == 7, client.Seen);
    }

    [Fact]
    public async Task Detached_SessionGoesOn_AndIsAttachedByNameWithItsScrollback()
    {
        sandbox.RequireSandbox();
        var name = "d-" + Guid.CreateVersion7().ToString("N")[..12];
        using (var first = await StartAsync("echo first; read line; echo got $line; read line; echo end $line", name))
        {
            await first.ReadUntilAsync("first");
        }

        using (var second = await AttachAsync(name))
        {
            await second.ReadUntilAsync("first");
            await second.TypeAsync("two\n");
            await second.ReadUntilAsync("got two");
        }

        using var third = await AttachAsync(name);
        await third.ReadUntilAsync("got two");
        Assert.Contains("first", third.Seen, StringComparison.Ordinal);
        await third.TypeAsync("three\n");
        Assert.Equal(("exited", 0), ((await third.EndAsync()).EndReason, 0));
        Assert.Contains("end three", third.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_OfALiveSession_IsTaken()
    {
        sandbox.RequireSandbox();
        var name = "n-" + Guid.CreateVersion7().ToString("N")[..12];
        using var client = await StartAsync("echo ready; read line", name);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => StartAsync("true", name));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        var listed = await server.Client.ListSessionsAsync(new ListSessionsRequest());
        Assert.True(listed.Sessions.Single(session => session.Name == name).HasTerminal);
        await server.Client.KillAsync(new KillRequest { SessionId = name });
        using var again = await StartAsync("echo ready; read line", name); // the name is free again
        await server.Client.KillAsync(new KillRequest { SessionId = name });
    }

    [Theory]
    [InlineData("s-1234")]
    [InlineData("a b")]
    [InlineData("a/../b")]
    public async Task Name_ThatCouldBeAnythingElse_IsRefused(string name)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => StartAsync("true", name));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
    }

    [Fact]
    public async Task Output_BeyondTheLimit_EndsTheSession()
    {
        sandbox.RequireSandbox();
        using var client = await StartAsync("yes", profile: "quiet");

        Assert.Equal("output_limit", (await client.EndAsync()).EndReason);
    }

    [Fact]
    public async Task MuchOutput_ArrivesWhole()
    {
        sandbox.RequireSandbox();
        using var client = await StartAsync("stty -opost; seq 200000");

        await client.EndAsync();

        Assert.Equal(string.Concat(Enumerable.Range(1, 200000).Select(number => $"{number}\n")), client.Seen);
    }

    private async Task<TerminalClient> StartAsync(string script, string name = "", string profile = "default")
    {
        var request = server.Request(script, profile);
        (request.Name, request.Terminal) = (name, new Terminal { Rows = 30, Columns = 100, Type = "xterm" });
        var session = await server.Client.CreateSessionAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        return await AttachAsync(session.SessionId);
    }

    private Task<TerminalClient> AttachAsync(string session) => TerminalClient.AttachAsync(server.Client, session);
}
