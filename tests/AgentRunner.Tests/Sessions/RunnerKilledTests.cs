using System.Diagnostics;
using SecureAgent.AgentRunner.Gates;
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

    [Fact]
    public async Task Killed_UnderASession_TakesItAlongAndTheNextOneCleansUp()
    {
        sandbox.RequireSandbox();
        string session;
        IReadOnlyList<string> running;
        var runner = await StartAsync();
        using var channel = UnixSockets.Channel(RunLayout.RunnerSocket(RunDirectory));
        var client = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);
        session = (await client.CreateSessionAsync(new CreateSessionRequest
        {
            Policy = RunnerFixture.Policy, Command = { "bash", "-c", "trap '' TERM HUP INT; setsid sleep 600 & while :; do sleep 600; done" }, AllowDegraded = { "landlock" },
        })).SessionId;
        running = HostProcesses.InOtherNetworks(runner.Id);
        Assert.NotEmpty(running);
        Assert.NotEmpty(HostProcesses.WithSessionDirectory(session));
        runner.Kill();
        await runner.WaitForExitAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        while (HostProcesses.WithSessionDirectory(session).Count > 0 || running.Any(Directory.Exists))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }

        Assert.False(gates[ComponentNames.FileGate].Closed.ContainsKey(session));
        var next = await StartAsync();
        Assert.Equal("runner_lost", gates[ComponentNames.FileGate].Closed[session]);
        Assert.Empty(Directory.GetDirectories($"{RunDirectory}/sessions"));
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
