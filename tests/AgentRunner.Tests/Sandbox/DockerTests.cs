using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The same facts where docker builds the sandbox, on a machine without podman.</summary>
public sealed class DockerTests(SandboxFixture sandbox, DockerServer docker) : IClassFixture<DockerServer>, IDisposable
{
    private readonly string tools = Directory.CreateTempSubdirectory("sa-tools-").FullName;

    [Fact]
    public async Task Agent_FindsTheSameSandbox_AndNothingOfTheHost()
    {
        await using var host = await PrepareAsync();
        var found = await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);

        var result = await sandbox.RunAsync(
            ["sh", "-c", """
                id -u; id -un; grep -E '^Cap|^NoNewPrivs|^Seccomp:' /proc/self/status; echo x > /tmp/x && echo x > $HOME/x && echo x > /dev/shm/x && echo wrote; stat -c %a $HOME; tail -n +3 /proc/net/dev | cut -d: -f1 | xargs
                for d in / /usr /etc /run /run/secure-agent /dev /sys /sys/fs/cgroup /opt/secure-agent/guest /mnt; do (echo x > $d/x) 2>/dev/null && echo "open $d"; done
                cat /etc/shadow /etc/machine-id 2>/dev/null; kill -9 1 2>/dev/null && echo killed; unshare -U true 2>/dev/null && echo nested; getent hosts example.com
                bash -c 'exec 3<>/dev/tcp/192.0.2.7/443' 2>/dev/null && echo reached; exit 7
                """],
            on: host, driver: found.Driver);

        Assert.True(result.Code == 7, $"exit {result.Code}: {result.Output}{result.Errors}");
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([result.Uid.ToString(null, null), "agent"], lines[..2]);
        Assert.All(lines.Where(line => line.StartsWith("Cap", StringComparison.Ordinal)), set => Assert.EndsWith("0000000000000000", set, StringComparison.Ordinal));
        Assert.Contains("NoNewPrivs:\t1", lines);
        Assert.Contains("Seccomp:\t2", lines);
        Assert.Equal(["wrote", "700", "lo"], lines[^3..]);
        Assert.Equal("", result.Errors);
        Assert.Contains(result.Events, seen => seen.Type == GuestEvent.Dns && seen.Name == "example.com");
        Assert.Empty(HostProcesses.OfUid(result.Uid));
        Assert.Empty(HostProcesses.WithSessionDirectory(result.Id));
        Assert.Empty(Directory.GetDirectories(Path.Combine(sandbox.RunDirectory, "docker")));
    }

    [Fact]
    public async Task Layers_ThatCannotHoldThere_AreSaid_AndTheOthersProbed()
    {
        await using var host = await PrepareAsync();
        var found = await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);

        var missing = found.Layers.Where(layer => !layer.Present && layer.Name != SandboxLayers.Landlock).Select(layer => layer.Name).ToHashSet();
        Assert.Equal([SandboxLayers.BypassCatcher, SandboxLayers.UserNamespace], missing.Order());
        Assert.Equal(missing.Order(), found.Driver.StandsInFor.Keys.Order());
        Assert.Superset(
            new HashSet<string> { SandboxLayers.Container, SandboxLayers.Seccomp, SandboxLayers.NoNewPrivileges, SandboxLayers.Mounts, SandboxLayers.PidNamespace, SandboxLayers.IpcNamespace, SandboxLayers.Capabilities, SandboxLayers.Relays },
            found.Layers.Where(layer => layer.Present).Select(layer => layer.Name).ToHashSet());
    }

    [Fact]
    public async Task Limits_AreTheEngines()
    {
        await using var host = await PrepareAsync();
        var found = await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);

        var result = await sandbox.RunAsync(
            ["bash", "-c", "for i in $(seq 100); do sleep 60 & done; echo all"], SandboxPolicy.Default with { Pids = 60 }, on: host, driver: found.Driver);

        Assert.DoesNotContain("all", result.Output, StringComparison.Ordinal);
        Assert.Contains("Resource temporarily unavailable", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_OfFrozenStubbornAgent_LeavesNothing()
    {
        await using var host = await PrepareAsync();
        var found = await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);
        var result = await sandbox.RunAsync(["bash", "-c", "trap '' TERM INT HUP; sleep 600 & while :; do sleep 600; done"], on: host, driver: found.Driver, meanwhile: async running =>
        {
            await running.FreezeAsync();
            Assert.False(running.Exited.IsCompleted);
            await running.KillAsync();
        });

        Assert.Equal(137, result.Code);
        await HostProcesses.GoneAsync(result.Uid);
        using var list = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("docker", ["--host", docker.Address, "ps", "--all", "--quiet"]) { RedirectStandardOutput = true })!;
        Assert.Equal("", await list.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A program that stands before docker's changes one argument.</summary>
    [Theory]
    [InlineData(SandboxLayers.Capabilities, "--cap-drop=ALL", "--cap-add=NET_RAW")]
    [InlineData(SandboxLayers.Relays, "net.ipv4.ip_unprivileged_port_start=0", "net.ipv4.ip_unprivileged_port_start=1024")]
    [InlineData(SandboxLayers.Mounts, "/sys:ro,size=4096,mode=0555", "/mnt:ro,size=4096,mode=0555")]
    public async Task ArgumentChanged_IsNamedAndThereIsNoConsent(string layer, string argument, string instead)
    {
        await using var host = await PrepareAsync($"""
            #!/bin/sh
            for argument do
              shift
              [ "$argument" = "{argument}" ] && argument="{instead}"
              set -- "$@" "$argument"
            done
            exec docker "$@"

            """);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken));

        Assert.True(refusal.Layer == layer, $"{refusal.Layer}: {refusal.Message}");
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:2375", "DOCKER_HOST: 'tcp://127.0.0.1:2375'")]
    [InlineData("unix:///nowhere/engine.sock", "unix:///nowhere/engine.sock does not answer")]
    public async Task Engine_ThatCannotServe_IsNamedWithTheMend(string address, string words)
    {
        await using var host = await PrepareAsync(address: address);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken));

        Assert.Equal(SandboxLayers.Container, refusal.Layer);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(tools, recursive: true);

    private Task<SandboxHost> PrepareAsync(string? program = null, string? address = null) => PrepareAsync(sandbox, docker, tools, program, address);

    /// <param name="tools">A directory to be the search path.</param>
    internal static async Task<SandboxHost> PrepareAsync(SandboxFixture sandbox, DockerServer docker, string tools, string? program = null, string? address = null)
    {
        sandbox.RequireSandbox();
        docker.Require();
        var path = Path.Combine(tools, "docker");
        await File.WriteAllTextAsync(path, program ?? "#!/bin/sh\nexec docker \"$@\"\n");
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        foreach (var tool in new[] { "bwrap", "unshare", "setpriv" })
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), $"/usr/bin/{tool}");
        }

        return await SandboxHost.PrepareAsync(
            new SandboxHostOptions(SandboxFixture.GuestDirectory, null, tools, address ?? docker.Address),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-docker"), TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
