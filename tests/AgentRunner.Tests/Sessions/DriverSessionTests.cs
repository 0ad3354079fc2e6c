using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Sessions under the other drivers: the same gates behind the same ports; what cannot hold there is on record.</summary>
public sealed class DriverSessionTests(RunnerFixture server, SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    private const int InARow = 4;
    private const int AtATime = 2;

    [Theory]
    [InlineData(SandboxDrivers.Gvisor)]
    [InlineData(SandboxDrivers.Container)]
    public async Task Session_ReachesItsGates_AndSaysWhatIsMissing(string driver)
    {
        var state = await RequireAsync(driver);
        string[] missing = [.. state.Layers.Where(layer => !layer.Present).Select(layer => layer.Name).Order(StringComparer.Ordinal)];
        var script = driver == SandboxDrivers.Gvisor ? "cat /run/secure-agent/*.sock; " : "";

        var outcome = await server.RunAsync(server.Request($"read line; echo got $line; curl -s $FILE_GATE_URL/allowed; curl -s $FILE_GATE_URL/secret; {script}exit 3", driver), "input\n");

        Assert.Equal("got input\nhellono", outcome.Output);
        Assert.Equal((3, "exited", 1, 1), (outcome.Summary.ExitCode, outcome.Summary.EndReason, outcome.Summary.Files.Allowed, outcome.Summary.Files.Denied));
        Assert.Contains("bypass_catcher", missing);
        Assert.Equal(missing, outcome.Summary.Degraded.Order(StringComparer.Ordinal));
        var records = AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, outcome.Summary.SessionId);
        Assert.Equal(driver, records.Single(record => record.Kind == "session.started").Facts["driver"]);
        Assert.Equal(missing, records.Where(record => record.Kind == "session.degraded").Select(record => record.Subject).Order(StringComparer.Ordinal));
        Assert.Contains("syscall.unshare=1 ", records.Single(record => record.Kind == "session.probed").Facts["answers"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SandboxDrivers.Gvisor)]
    [InlineData(SandboxDrivers.Container)]
    public async Task ManySessions_LeaveNothingBehind(string driver)
    {
        await RequireAsync(driver);
        var mounts = HostMounts.Of(server.RunDirectory);
        var ids = new List<string>();
        for (var round = 0; round < InARow / AtATime; round++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => server.RunAsync(server.Request("sleep 600 & echo done", driver))));
            Assert.All(outcomes, outcome => Assert.Equal("done\n", outcome.Output));
            ids.AddRange(outcomes.Select(outcome => outcome.Summary.SessionId));
        }

        Assert.All(ids, id => Assert.Empty(HostProcesses.WithSessionDirectory(id)));
        Assert.All(ids, id => Assert.Empty(Directory.EnumerateFileSystemEntries(server.RunDirectory, $"*{id}*", SearchOption.AllDirectories)));
        Assert.All(ids, id => Assert.Empty(SessionLeft.Groups(id)));
        Assert.Equal(mounts, HostMounts.Of(server.RunDirectory));
    }

    private Task<DriverState> RequireAsync(string driver) => driver == SandboxDrivers.Gvisor ? GvisorTests.DriverAsync(sandbox) : ContainerTests.DriverAsync(sandbox);
}
