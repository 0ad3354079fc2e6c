using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>A session under <c>sandbox.driver: gvisor</c>: the same gates behind the same ports; what cannot hold there is on record.</summary>
public sealed class GvisorSessionTests(RunnerFixture server, SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    [Fact]
    public async Task Session_ReachesItsGates_AndSaysWhatIsMissing()
    {
        await GvisorTests.DriverAsync(sandbox);

        var outcome = await server.RunAsync(server.Request("read line; echo got $line; curl -s $FILE_GATE_URL/allowed; curl -s $FILE_GATE_URL/secret; cat /run/secure-agent/*.sock; exit 3", "gvisor"), "input\n");

        Assert.Equal("got input\nhellono", outcome.Output);
        Assert.Equal((3, "exited", 1, 1), (outcome.Summary.ExitCode, outcome.Summary.EndReason, outcome.Summary.Files.Allowed, outcome.Summary.Files.Denied));
        Assert.Equal(["bypass_catcher", "landlock"], outcome.Summary.Degraded.Order(StringComparer.Ordinal));
        var records = AuditReader.ReadSession(server.AuditRoot, AuditPosition.Start, outcome.Summary.SessionId);
        Assert.Equal("gvisor", records.Single(record => record.Kind == "session.started").Facts["driver"]);
        Assert.Equal(["bypass_catcher", "landlock"], records.Where(record => record.Kind == "session.degraded").Select(record => record.Subject).Order(StringComparer.Ordinal));
        Assert.Contains("syscall.unshare=1 ", records.Single(record => record.Kind == "session.probed").Facts["answers"], StringComparison.Ordinal);
    }
}
