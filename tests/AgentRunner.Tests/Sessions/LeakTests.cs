using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A few of what <c>./dev bench sandbox --soak 1000</c> runs many of.</summary>
public sealed class LeakTests(RunnerFixture fixture) : IClassFixture<RunnerFixture>
{
    private const int Rounds = 5;
    private const int AtATime = 2;

    [Fact]
    public async Task ManySessions_LeaveNothingBehind()
    {
        // The control: while it runs, a session is all that is looked for.
        var live = await fixture.Client.CreateSessionAsync(fixture.Request("echo ready; read line"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(Left(live.SessionId) is { Processes: > 0, Directories: 1 }, Left(live.SessionId).ToString());
        await fixture.Client.KillAsync(new KillRequest { SessionId = live.SessionId }, cancellationToken: TestContext.Current.CancellationToken);

        var ids = new List<string> { live.SessionId };
        for (var round = 0; round < Rounds; round++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => fixture.RunAsync(fixture.Request("sleep 600 & mkfifo /tmp/p; echo done"))));
            Assert.All(outcomes, outcome => Assert.Equal("done\n", outcome.Output));
            ids.AddRange(outcomes.Select(outcome => outcome.Summary.SessionId));
        }

        Assert.Equal((Rounds * AtATime) + 1, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal((0, 0, 0), Left(id)));
        Assert.Empty(Directory.EnumerateFileSystemEntries($"{fixture.RunDirectory}/sessions"));
    }

    private (int Processes, int Directories, int Groups) Left(string session) =>
    (
        Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)).Count(path => HostProcesses.Names(int.Parse(Path.GetFileName(path), null), session)),
        Directory.GetDirectories($"{fixture.RunDirectory}/sessions", session).Length,
        SessionLeft.Groups(session).Count()
    );
}

internal static class SessionLeft
{
    /// <summary>Control groups of a session that are still there.</summary>
    public static IEnumerable<string> Groups(string session) => Directory.Exists("/sys/fs/cgroup")
        ? Directory.EnumerateDirectories("/sys/fs/cgroup", session, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })
        : [];
}
