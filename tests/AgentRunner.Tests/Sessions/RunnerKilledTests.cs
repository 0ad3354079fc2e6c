using System.Diagnostics;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Testing;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>kill -9 of a runner in a process of its own, under a running session.</summary>
public sealed class RunnerKilledTests(SandboxFixture sandbox) : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-k-").FullName;
    private readonly Dictionary<string, FakeGate> gates = new(StringComparer.Ordinal);

    private readonly List<Process> started = [];

    private string RunDirectory => $"{root}/run";

    public async ValueTask InitializeAsync()
    {
        foreach (var path in new[] { root, RunDirectory, $"{RunDirectory}/sessions", $"{root}/data" })
        {
            Directory.CreateDirectory(path);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("711", 8));
        }

        foreach (var name in GateSet.Names)
        {
            gates[name] = await FakeGate.StartAsync(name, root);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A test that failed half-way leaves none behind either.
        foreach (var runner in started)
        {
            runner.Kill();
            await runner.WaitForExitAsync();
            runner.Dispose();
        }

        foreach (var gate in gates.Values)
        {
            await gate.DisposeAsync();
        }

        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData(SandboxDrivers.Bubblewrap)]
    [InlineData(SandboxDrivers.Gvisor)]
    [InlineData(SandboxDrivers.Container)]
    public async Task Killed_UnderASession_TakesItAlongAndTheNextOneCleansUp(string driver)
    {
        sandbox.RequireSandbox();
        if (driver == SandboxDrivers.Gvisor)
        {
            await GvisorTests.DriverAsync(sandbox);
        }
        else if (driver == SandboxDrivers.Container)
        {
            await ContainerTests.DriverAsync(sandbox);
        }

        // On the command line of the agent's own process, where that is one of this machine's.
        var mark = ServiceDefaults.Identifiers.New("mark");
        string session;
        var runner = await StartAsync();
        using var channel = UnixSockets.Channel(RunLayout.RunnerSocket(RunDirectory));
        var client = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);
        session = (await client.CreateSessionAsync(new CreateSessionRequest
        {
            Policy = RunnerFixture.Policy, Profile = driver == SandboxDrivers.Bubblewrap ? "default" : driver, AllowDegraded = { "landlock" },
            Command = { "bash", "-c", $"trap '' TERM HUP INT; : {mark}; setsid sleep 600 & while :; do sleep 600; done" },
        })).SessionId;
        Assert.NotEmpty(HostProcesses.WithSessionDirectory(session));
        Assert.Equal(driver == SandboxDrivers.Gvisor, HostProcesses.WithSessionDirectory(mark).Count == 0);
        runner.Kill();
        await runner.WaitForExitAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (HostProcesses.WithSessionDirectory(session).Count > 0 || HostProcesses.WithSessionDirectory(mark).Count > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }

        Assert.False(gates[ComponentNames.FileGate].Closed.ContainsKey(session));
        var next = await StartAsync();
        Assert.Equal("runner_lost", gates[ComponentNames.FileGate].Closed[session]);
        foreach (var place in new[] { "sessions", "gvisor", "oci" }.Select(name => $"{RunDirectory}/{name}").Where(Directory.Exists))
        {
            Assert.Empty(Directory.GetDirectories(place));
        }

        // This one goes in peace, and takes its control groups along.
        using var terminate = Process.Start("kill", ["-TERM", next.Id.ToString(null, null)]);
        await next.WaitForExitAsync();
        Assert.Empty(ControlGroups());
    }

    private static IEnumerable<string> ControlGroups() =>
        AgentRunner.Sandbox.Cgroups.CgroupMounts.OfThisProcess().Controllers.Values.Where(Directory.Exists).SelectMany(place => Directory.GetDirectories(place, $"secure-agent-b-killed-{Environment.ProcessId}.*"));

    private async Task<Process> StartAsync()
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "AgentRunner", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "SecureAgent.AgentRunner.dll"));
        var start = new ProcessStartInfo("dotnet",
        [
            program, $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={RunDirectory}", $"--{HostEnvironment.Boot}=b-killed-{Environment.ProcessId}",
            $"--{HostEnvironment.GuestDirectory}={SandboxFixture.GuestDirectory}",
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var runner = Process.Start(start)!;
        started.Add(runner);
        _ = runner.StandardError.ReadToEndAsync();
        var health = new HttpClient(UnixSockets.Handler(RunLayout.ControlSocket(RunDirectory, ComponentNames.AgentRunner)))
        {
            DefaultRequestVersion = System.Net.HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await IsHealthyAsync(health))
        {
            Assert.False(runner.HasExited);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }

        _ = runner.StandardOutput.ReadToEndAsync();
        return runner;
    }

    private static async Task<bool> IsHealthyAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync(new Uri("http://runner/health"))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
