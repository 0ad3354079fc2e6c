using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Sandboxes kept ready: each serves one session, and of none comes anything into the next.</summary>
public sealed class PoolTests(PooledRunnerFixture fixture) : IClassFixture<PooledRunnerFixture>
{
    [Fact]
    public async Task Sessions_FromThePool_ShareNothing()
    {
        var seen = new List<string>();
        for (var session = 0; session < 2; session++)
        {
            var outcome = await fixture.RunAsync(fixture.Request("ls -A /tmp /home/agent /dev/shm | grep -c mark; echo mark > /tmp/mark; echo mark > /home/agent/mark; echo mark > /dev/shm/mark; id -u; echo $SECUREAGENT_SESSION"));

            Assert.StartsWith("0\n1000\n", outcome.Output, StringComparison.Ordinal);
            Assert.Equal(outcome.Summary.SessionId, outcome.Output.Split('\n')[2]);
            seen.Add(outcome.Summary.SessionId);
            await fixture.PoolIsFullAsync();
        }

        Assert.Equal(2, seen.Distinct().Count());
        var waiting = fixture.SessionDirectories();
        Assert.Single(waiting);

        var taken = await fixture.Client.CreateSessionAsync(fixture.Request("read line"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(taken.SessionId, waiting); // it stood there before anybody asked for it
        await fixture.Client.KillAsync(new KillRequest { SessionId = taken.SessionId }, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AnotherKind_IsBuiltAnew_AndADeadOneIsNotHandedOut()
    {
        await fixture.RunAsync(fixture.Request("true"));
        await fixture.PoolIsFullAsync();
        var waiting = fixture.SessionDirectories();

        var other = await fixture.RunAsync(fixture.Request("echo other", "short"));
        Assert.Equal("other\n", other.Output);
        Assert.DoesNotContain(other.Summary.SessionId, waiting); // other limits, another sandbox

        await fixture.PoolIsFullAsync();
        waiting = fixture.SessionDirectories();
        foreach (var id in waiting)
        {
            await HostProcesses.EndAsync(id);
        }

        var outcome = await fixture.RunAsync(fixture.Request("echo alive", "short"));
        Assert.Equal("alive\n", outcome.Output);
        Assert.DoesNotContain(outcome.Summary.SessionId, waiting);
    }
}

public sealed class PooledRunnerFixture : RunnerFixture
{
    public const int Size = 1;

    protected override IEnumerable<string> MoreOptions => [$"--{Contracts.HostEnvironment.Pool}={Size}"];

    internal string[] SessionDirectories() => [.. Directory.GetDirectories($"{RunDirectory}/sessions").Select(Path.GetFileName).OfType<string>()];

    internal async Task PoolIsFullAsync()
    {
        await Service<SandboxPool>().Filled;
        Assert.Equal(Size, Service<SandboxPool>().Ready);
    }
}
