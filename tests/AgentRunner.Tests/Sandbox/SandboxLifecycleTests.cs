using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>How a sandbox ends, and that nothing of it stays.</summary>
public sealed class SandboxLifecycleTests(SandboxFixture sandbox)
{
    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("exec /nonexistent", 127)]
    [InlineData("exec /etc", 126)]
    public async Task ExitCode_IsTheAgents(string script, int code)
    {
        var result = await sandbox.ShellAsync(script);

        Assert.Equal(code, result.Code);
    }

    [Fact]
    public async Task End_WithProcessesLeftBehind_EndsThemToo()
    {
        var result = await sandbox.RunAsync(["bash", "-c", "for i in 1 2 3; do setsid sleep 600 & done; trap '' TERM; exit 0"]);

        Assert.Equal(0, result.Code);
        Assert.Empty(HostProcesses.WithSessionDirectory(result.Id));
        AssertNoProcessOf(result.Uid);
    }

    [Fact]
    public async Task Kill_OfStubbornAgent_EndsEverything()
    {
        var result = await sandbox.RunAsync(
            ["bash", "-c", "trap '' TERM INT HUP QUIT; setsid sleep 600 & echo up; while :; do sleep 600; done"], meanwhile: running => running.KillAsync());

        Assert.Equal(137, result.Code);
        await HostProcesses.GoneAsync(result.Uid); // on a busy machine the outer process is killed before PID 1 has ended all
    }

    [Fact]
    public async Task OuterProcess_KilledHard_TakesTheSandboxWithIt()
    {
        // Its own: other tests have sandboxes below this process at the same time.
        var directory = "";
        var result = await sandbox.RunAsync(["sleep", "600"], prepare: own => directory = own, meanwhile: running =>
        {
            var outer = Assert.Single(Process.GetProcessesByName("bwrap"), process => HostProcesses.IsChild(process.Id) && HostProcesses.Names(process.Id, directory));
            outer.Kill();
            return Task.CompletedTask;
        });

        Assert.Equal(137, result.Code);
        await HostProcesses.GoneAsync(result.Uid);
    }

    [Fact]
    public async Task Many_InARowAndTogether_LeaveNothing()
    {
        sandbox.RequireSandbox();
        var mounts = HostMounts.Of(sandbox.RunDirectory);
        var results = new List<SandboxResult>();
        await using (var host = await SandboxHost.PrepareAsync(
            new SandboxHostOptions(SandboxFixture.GuestDirectory, null, "/usr/bin:/bin"),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-many"), TimeProvider.System, TestContext.Current.CancellationToken))
        {
            for (var round = 0; round < 3; round++)
            {
                results.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(index =>
                    sandbox.RunAsync(["sh", "-c", $"echo {index} > /tmp/x; sleep 100 & exit {index}"], on: host))));
            }

            Assert.True(ControlGroups("b-many").Any() || ControlGroups("b-test").Any() is false, "groups are found where they are made");
        }

        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3], results.Select(result => result.Code));
        Assert.Equal(mounts, HostMounts.Of(sandbox.RunDirectory));
        Assert.NotEmpty(HostMounts.Of("/proc"));
        Assert.All(results, result => Assert.Empty(HostProcesses.WithSessionDirectory(result.Id)));
        Assert.Empty(ControlGroups("b-many"));
    }

    /// <summary>Not when the garbage collector comes to it: a thousand sessions would have two thousand open until then.</summary>
    [Fact]
    public async Task Streams_AreClosedWithTheSandbox()
    {
        sandbox.RequireSandbox();
        var (id, uid) = (Identifiers.New("s"), sandbox.Host.Uids.Take());
        var request = new SandboxRequest(id, SessionDirectory.Create(sandbox.RunDirectory, id, uid), uid, SandboxPolicy.Default, [SandboxLayers.Landlock]);
        await using var prepared = await sandbox.Host.Driver.PrepareAsync(request, TestContext.Current.CancellationToken);
        var running = await prepared.StartAsync(new AgentStart(["true"], AgentEnvironment.Build(id, "/usr/bin")), TestContext.Current.CancellationToken);
        Assert.Equal(0, await running.Exited);
        Assert.Equal(-1, running.StandardOutput.ReadByte());

        await running.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => running.StandardOutput.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => running.StandardError.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => running.StandardInput.WriteByte(0));
        SessionDirectory.Remove(request.Directory);
        sandbox.Host.Uids.Return(uid);
    }

    [Fact]
    public async Task Uid_OfLiveSessions_IsNeverShared()
    {
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "only a server that is root gives sessions uids of their own");
        var results = await Task.WhenAll(sandbox.ShellAsync("sleep 0.3"), sandbox.ShellAsync("sleep 0.3"), sandbox.ShellAsync("sleep 0.3"));

        Assert.Equal(3, results.Select(result => result.Uid).Distinct().Count());
    }

    private static IEnumerable<string> ControlGroups(string boot)
    {
        var mounts = CgroupMounts.OfThisProcess();
        return mounts.Controllers.Values.Concat(mounts.Unified is { } unified ? [unified.Own] : [])
            .Where(Directory.Exists)
            .SelectMany(root => Directory.GetDirectories(root, $"secure-agent-{boot}.{Environment.ProcessId}"));
    }

    private static void AssertNoProcessOf(uint uid)
    {
        if (SandboxUids.ServerIsRoot)
        {
            Assert.Empty(HostProcesses.OfUid(uid));
        }
    }
}
