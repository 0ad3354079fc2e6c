using System.Diagnostics;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>Crashes, restarts and ends.</summary>
public sealed class LifecycleTests
{
    [Theory]
    [InlineData("FileGate", "file-gate", "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8081/v1/list/")]
    [InlineData("InferenceGateway", "inference-gateway", "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:11434/v1/models")]
    public async Task Gate_KilledDuringASession_DeniesThatSessionAndServesTheNext(string assembly, string component, string request)
    {
        await using var server = await Server.StartAsync();
        // The agent asks, says so, waits for the go, and asks again.
        var script = $"{request}; echo; read go; {request} || echo refused";
        using var agent = Process.Start(new ProcessStartInfo(
            "dotnet", [Product.Cli, "run", "--data", server.Data, "--workspace", Product.Notes, "--", "sh", "-c", script])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var before = await agent.StandardOutput.ReadLineAsync();

        Process.GetProcessById(server.ComponentProcess(assembly)).Kill();
        await server.WaitForAsync("state", component, "healthy");
        await agent.StandardInput.WriteLineAsync("go");
        var after = await agent.StandardOutput.ReadToEndAsync();
        await agent.WaitForExitAsync();
        var next = await server.RunAsync("--workspace", Product.Notes, "--json", "--", "sh", "-c", request);

        Assert.NotEqual("000", before);
        Assert.Equal("000refused\n", after);
        Assert.Equal(before, next.Answer);
    }

    [Fact]
    public async Task Broker_Killed_ComesBackAndNewSessionsWork()
    {
        await using var server = await Server.StartAsync();

        Process.GetProcessById(server.ComponentProcess("SecretBroker")).Kill();
        await server.WaitForAsync("state", "secret-broker", "healthy");

        Assert.Equal(0, (await server.RunAsync("--", "true")).ExitCode);
    }

    [Fact]
    public async Task Runner_Killed_TakesItsSandboxesAlongAndComesBack()
    {
        await using var server = await Server.StartAsync();
        var (agent, pids) = await StartLongSessionAsync(server);

        Process.GetProcessById(server.ComponentProcess("AgentRunner")).Kill();
        await agent.WaitForExitAsync();
        await server.WaitForAsync("state", "agent-runner", "healthy");

        Assert.All(pids, id => Assert.False(Processes.IsAlive(id)));
        Assert.Equal(0, (await server.RunAsync("--", "true")).ExitCode);
        agent.Dispose();
    }

    [Fact]
    public async Task Terminate_WithALiveSession_LeavesNothingWithinFiveSeconds()
    {
        await using var server = await Server.StartAsync();
        var run = server.RunDirectory;
        var (agent, _) = await StartLongSessionAsync(server);
        var family = Processes.DescendantsOf(server.ProcessId);

        var took = await server.StopAsync();

        Assert.True(took < TimeSpan.FromSeconds(5), $"took {took}");
        Assert.DoesNotContain(family, Processes.IsAlive);
        Assert.False(Directory.Exists(run));
        Assert.False(File.Exists(Path.Combine(server.Data, "server.json")));
        await agent.WaitForExitAsync();
        agent.Dispose();
    }

    [Fact]
    public async Task Host_KilledHard_TakesEverythingAlong()
    {
        await using var server = await Server.StartAsync();
        var run = server.RunDirectory;
        var (agent, _) = await StartLongSessionAsync(server);
        var family = Processes.DescendantsOf(server.ProcessId);
        using var watch = new CancellationTokenSource(TimeSpan.FromSeconds(5));

        server.KillHard();
        while (family.Any(Processes.IsAlive) && !watch.IsCancellationRequested)
        {
            await Task.Yield();
        }

        Assert.DoesNotContain(family, Processes.IsAlive);
        await agent.WaitForExitAsync();
        agent.Dispose();
        Directory.Delete(run, recursive: true);
    }

    [Fact]
    public async Task Interrupt_GoesToTheAgent_WhichMayTakeItsTime()
    {
        await using var server = await Server.StartAsync();
        const string script = "trap 'echo caught; sleep 3; echo done; exit 5' INT; echo up; while :; do sleep 0.1; done";
        using var cli = Process.Start(new ProcessStartInfo("dotnet", [Product.Cli, "run", "--data", server.Data, "--", "sh", "-c", script])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Assert.True(await cli.StandardOutput.ReadLineAsync() == "up", await ErrorsAsync(cli));

        await Product.RunAsync("kill", ["-INT", $"{cli.Id}"]);
        var rest = await cli.StandardOutput.ReadToEndAsync();
        await cli.WaitForExitAsync();

        Assert.Equal("caught\ndone\n", rest);
        Assert.Equal(5, cli.ExitCode);
    }

    [Fact]
    public async Task TwoServers_RunSideBySide()
    {
        await using var one = await Server.StartAsync();
        await using var two = await Server.StartAsync();

        var outcomes = await Task.WhenAll(one.RunAsync("--json", "--", "echo", "1"), two.RunAsync("--json", "--", "echo", "2"));

        Assert.Equal(["1\n", "2\n"], outcomes.Select(outcome => outcome.Answer));
    }

    /// <summary>What it said, once it has ended.</summary>
    private static async Task<string> ErrorsAsync(Process process) => process.HasExited ? await process.StandardError.ReadToEndAsync() : "";

    /// <summary>A session that runs until it is ended, once its agent is known to be up.</summary>
    private static async Task<(Process Agent, IReadOnlyList<int> Sandbox)> StartLongSessionAsync(Server server)
    {
        var agent = Process.Start(new ProcessStartInfo("dotnet", [Product.Cli, "run", "--data", server.Data, "--", "sh", "-c", "echo up; sleep 600"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Assert.Equal("up", await agent.StandardOutput.ReadLineAsync());
        return (agent, Processes.DescendantsOf(server.ComponentProcess("AgentRunner")));
    }
}
