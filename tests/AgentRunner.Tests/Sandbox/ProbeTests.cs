using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>
/// Guest's probes. A program that stands before bubblewrap changes one argument, as a mistake in the driver would; the probe that looks at what the argument was for must end the start
/// with that layer's name. Unchanged arguments through the same program are the control.
/// </summary>
public sealed class ProbeTests(SandboxFixture sandbox) : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-probe-").FullName;

    [Fact]
    public async Task Start_AsksEveryKindOfProbe()
    {
        var result = await sandbox.ShellAsync("true");

        var answers = result.Probes.Answers.Split(' ');
        Assert.Equal(result.Probes.Count, answers.Length);
        Assert.InRange(result.Probes.Count, 60, 200);
        Assert.Empty(result.Probes.Open);
        foreach (var kind in new[] { "file", "net", "ipc", "process", "capability", "syscall", "works" })
        {
            Assert.Contains(answers, answer => answer.StartsWith(kind + ".", StringComparison.Ordinal));
        }

        Assert.Contains("syscall.unshare=1", answers);
        Assert.Contains("works.write:/tmp=0", answers);
    }

    [Fact]
    public async Task Probes_LeaveNothingBehind()
    {
        var result = await sandbox.ShellAsync("ls -A /tmp /home/agent /dev/shm; ls /proc/self/fd");

        Assert.Equal("/dev/shm:\n\n/home/agent:\n\n/tmp:\n0\n1\n2\n3\n", result.Output);
        Assert.Equal([GuestEvent.Exited], result.Events.Select(seen => seen.Type));
    }

    [Theory]
    [InlineData("s/x/x/", null)]
    [InlineData("$_ = '--bind' if $_ eq '--ro-bind' && $ARGV[$i + 1] eq '/tmp'; $_ = '/nowhere' if $_ eq '/dev/shm'", SandboxLayers.Mounts)]
    [InlineData("$_ = '--unshare-uts' if $_ eq '--unshare-ipc'", SandboxLayers.IpcNamespace)]
    [InlineData("$_ = '1001' if $_ eq '1000'", SandboxLayers.UnprivilegedUid)]
    [InlineData("$_ = '0' if $_ eq '1000'", SandboxLayers.UnprivilegedUid)]
    [InlineData("$_ = '/tmp' if $_ eq '/' && $ARGV[$i - 1] eq '--remount-ro'", SandboxLayers.Mounts)]
    [InlineData("$_ = '/var' if $_ eq '/etc/alternatives' && $ARGV[$i - 1] ne '--ro-bind'", SandboxLayers.Mounts)]
    public async Task BubblewrapArgument_Changed_IsFoundByAProbe(string change, string? layer)
    {
        sandbox.RequireSandbox();
        using var shared = layer == SandboxLayers.IpcNamespace ? SharedMemory() : null;
        await using var host = await PrepareAsync("bwrap", $$"""
            #!/usr/bin/perl
            for our $i (0 .. $#ARGV) { last if $ARGV[$i] eq '--'; local *_ = \$ARGV[$i]; {{change}}; }
            exec '/usr/bin/bwrap', @ARGV;

            """);

        if (layer is null)
        {
            await using var control = await PrepareAsync(host);
            Assert.Equal(60, Math.Min(60, control.Probes.Count));
            return;
        }

        Assert.Equal(layer, host.Layers.First(found => !found.Present).Name);
        Assert.Equal(layer, (await Assert.ThrowsAsync<SandboxException>(() => PrepareAsync(host))).Layer);
    }

    /// <summary>The gate's socket is not there: the way behind the relay's port is dead.</summary>
    [Fact]
    public async Task Relay_WithoutItsGate_IsNamedBeforeTheAgentRuns()
    {
        sandbox.RequireSandbox();
        await using var prepared = await PrepareAsync(sandbox.Host, SandboxLayers.Landlock);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() =>
            prepared.StartAsync(new AgentStart(["true"], AgentEnvironment.Build("s", "/usr/bin"), GatesOpen: true), TestContext.Current.CancellationToken));

        Assert.Equal(SandboxLayers.Relays, refusal.Layer);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>A segment in the host's own IPC namespace, which a sandbox of its own does not see.</summary>
    private static System.Diagnostics.Process SharedMemory() => System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
        "perl", ["-e", "$| = 1; my $id = shmget(0, 4096, 0600); print \"up\\n\"; <STDIN>; shmctl($id, 0, 0)"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private async Task<SandboxHost> PrepareAsync(string tool, string script)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl");
        File.WriteAllText(Path.Combine(directory, tool), script);
        foreach (var path in new[] { directory, Path.Combine(directory, tool) })
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        }

        foreach (var other in new[] { "bwrap", "unshare", "setpriv" }.Where(name => name != tool))
        {
            File.CreateSymbolicLink(Path.Combine(directory, other), $"/usr/bin/{other}");
        }

        return await SandboxHost.PrepareAsync(
            new SandboxHostOptions(SandboxFixture.GuestDirectory, null, directory),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-probe"), TimeProvider.System, default);
    }

    private async Task<IPreparedSandbox> PrepareAsync(SandboxHost host, params string[] accepted)
    {
        var id = ServiceDefaults.Identifiers.New("s");
        var uid = host.Uids.Take();
        return await host.Driver.PrepareAsync(
            new SandboxRequest(id, SessionDirectory.Create(sandbox.RunDirectory, id, uid), uid, SandboxPolicy.Default, accepted.Length > 0 ? accepted : [SandboxLayers.Landlock]), TestContext.Current.CancellationToken);
    }
}
