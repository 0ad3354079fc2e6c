using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Every verb of the operator's, under every driver, in one life of an agent on a terminal.</summary>
public sealed class DriverVerbTests(RunnerFixture server, SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    private const int Interrupt = 2;
    private const int UserSignal = 10;
    private const double ClockMargin = 0.02;

    /// <summary>Says when it ran, all the time: what stands still says nothing.</summary>
    private const string Agent = """
        trap 'echo caught' INT; trap 'echo user' USR1; trap 'stty size' WINCH; stty -echo; setsid sleep 7881.5 & echo ready
        (trap '' USR1 INT; while :; do echo "tick $EPOCHREALTIME"; sleep 0.02; done) &
        while :; do echo "turn $EPOCHREALTIME"; read -r -t 0.5 line && { echo "got $line"; [ "$line" = decoy ] && curl -s $FILE_GATE_URL/decoy; }; done
        """;

    [Theory(Timeout = 180_000)]
    [InlineData(SandboxDrivers.Bubblewrap, "default")]
    [InlineData(SandboxDrivers.Container, "container")]
    [InlineData(SandboxDrivers.Gvisor, "gvisor")]
    [InlineData(SandboxDrivers.Gvisor, "auto")]
    public async Task Session_IsAttachedSignalledLeftFrozenThawedAndKilled(string driver, string profile)
    {
        await DriversHere.RequireAsync(sandbox, driver);
        var name = $"verbs-{profile}";
        var request = server.Request(Agent, profile);
        (request.Name, request.Terminal) = (name, new Terminal { Rows = 24, Columns = 80, Type = "xterm" });
        var session = await server.Client.CreateSessionAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        using (var first = await TerminalClient.AttachAsync(server.Client, name))
        {
            await first.ReadUntilAsync("ready");
            await first.SendAsync(new AttachRequest { Resize = new Terminal { Rows = 40, Columns = 100 } });
            await first.ReadUntilAsync("40 100");
            await first.SendAsync(new AttachRequest { Signal = UserSignal });
            await first.ReadUntilAsync("user");
            await (driver == SandboxDrivers.Gvisor ? first.SendAsync(new AttachRequest { Signal = Interrupt }) : first.TypeAsync("\u0003")); // its terminals make no signals of keys
            await first.ReadUntilAsync("caught");
        }

        using var client = await TerminalClient.AttachAsync(server.Client, name);
        await client.ReadUntilAsync("caught"); // its scrollback
        Assert.Contains("ready", client.Seen, StringComparison.Ordinal);
        await client.TypeAsync("it\n");
        await client.ReadUntilAsync("got it");
        Assert.Equal(3, await ExecAsync(name, "test $(id -u) = 1000 && exit 3"));

        var (from, until) = await FrozenAsync(name);
        await client.ReadUntilAsync(() => Times(client.Seen, "turn").Any(turn => turn > until)); // what was typed into a turn that is over when it wakes would be dropped by the shell
        await client.TypeAsync("later\n");
        await client.ReadUntilAsync("got later");
        Assert.DoesNotContain(Times(client.Seen, "tick"), tick => tick > from + ClockMargin && tick < until);
        Assert.Contains(Times(client.Seen, "tick"), tick => tick < from + ClockMargin);

        await client.TypeAsync("decoy\n");
        while (await client.NoticeAsync() != "frozen" || (await StateAsync(name)) != SessionState.Frozen)
        {
        }

        var killed = await server.Client.KillAsync(new KillRequest { SessionId = name });
        var summary = await client.EndAsync();
        Assert.Equal((SessionState.Ended, "killed"), (killed.State, summary.EndReason));
        Assert.Single(summary.Alarms);
        Assert.StartsWith(profile == "auto" ? $"{driver} (auto" : driver, summary.Driver, StringComparison.Ordinal);
        Assert.Empty(HostProcesses.WithSessionDirectory(session.SessionId));
        Assert.Empty(SessionLeft.Groups(session.SessionId));
        Assert.Empty(Directory.EnumerateFileSystemEntries(server.RunDirectory, $"*{session.SessionId}*", SearchOption.AllDirectories));
    }

    /// <returns>When it stood still for certain, in seconds: as long as another session took.</returns>
    private async Task<(double From, double Until)> FrozenAsync(string name)
    {
        var began = Stopwatch.GetTimestamp();
        var frozen = await server.Client.FreezeAsync(new FreezeRequest { SessionId = name });
        var from = Now();
        TestContext.Current.TestOutputHelper?.WriteLine($"frozen in {Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture)} ms");
        Assert.Equal(SessionState.Frozen, frozen.State);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => ExecAsync(name, "true"))).StatusCode);
        await server.RunAsync(server.Request("sleep 0.2"));
        Assert.Contains((await server.Client.ListSessionsAsync(new ListSessionsRequest())).Sessions, one => one.Name == name && one.State == SessionState.Frozen);
        var until = Now();
        Assert.Equal(SessionState.Running, (await server.Client.ThawAsync(new ThawRequest { SessionId = name })).State);
        return (from, until);
    }

    private async Task<SessionState> StateAsync(string name) => (await server.Client.GetSessionAsync(new GetSessionRequest { SessionId = name })).State;

    private async Task<int> ExecAsync(string name, string script)
    {
        using var call = server.Client.Exec(cancellationToken: TestContext.Current.CancellationToken);
        await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { SessionId = name, Command = { "bash", "-c", script } } });
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            if (call.ResponseStream.Current.EventCase == ExecEvent.EventOneofCase.ExitCode)
            {
                return call.ResponseStream.Current.ExitCode;
            }
        }

        throw new InvalidOperationException("the stream ended without an exit code");
    }

    private static IEnumerable<double> Times(string seen, string what) => seen.Split('\n', '\r')
        .Where(line => line.StartsWith(what, StringComparison.Ordinal) && line.Length == "turn 1234567890.123456".Length)
        .Select(line => double.Parse(line["turn ".Length..], CultureInfo.InvariantCulture));

    private static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
}
