using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox.Usage;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Where no control group bounds a session: many processes, each within its own limit, are too much together.</summary>
public sealed class MemoryLimitTests(RunnerFixture server, SandboxFixture sandbox) : IClassFixture<RunnerFixture>
{
    /// <summary>Eight processes of 60 MB each; the session may have 256 MiB.</summary>
    private const string Bomb = "for i in 1 2 3 4 5 6 7 8; do (head -c 60000000 /dev/zero | tail -c 60000000 | (sleep 2; wc -c)) & done; wait; echo all";

    [Fact]
    public async Task Together_BeyondTheLimit_EndTheSession()
    {
        sandbox.RequireSandbox();
        Assert.SkipWhen(sandbox.Host.Layers.Single(layer => layer.Name == SandboxLayers.Limits).Detail.StartsWith("cgroup", StringComparison.Ordinal), "control groups hold a session to its memory here");

        var bounded = await server.RunAsync(server.Request(Bomb, "little"));
        var control = await server.RunAsync(server.Request(Bomb));

        Assert.Equal("memory_limit", bounded.Summary.EndReason);
        Assert.Contains(bounded.Summary.Denials, denial => denial is { Plane: "process", Reason: "memory_limit" });
        Assert.EndsWith("all\n", control.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Use_OfATree_IsThatOfAllItsProcesses_AndWhatTheyShareCountsOnce()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl");
        using var process = Process.Start(new ProcessStartInfo("perl", ["-e", """
            $| = 1; my $shared = 'x' x 50_000_000; my @children;
            for (1 .. 4) { my $child = fork; if (!$child) { sleep 600; exit; } push @children, $child; }
            my $child = fork; if (!$child) { my $own = 'y' x 40_000_000; print "ready\n"; sleep 600; exit; }
            push @children, $child; <STDIN>; kill 'KILL', @children;
            """]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

        Assert.True(MemoryUse.Exceeds(process.Id, 100_000_000)); // the shared text and its copy once, and what the one has of its own
        Assert.False(MemoryUse.Exceeds(process.Id, 350_000_000)); // less than the text in each

        await process.StandardInput.WriteLineAsync("over");
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
