using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The same facts as under bubblewrap, where podman builds the sandbox; skipped visibly where podman is missing.</summary>
public sealed class ContainerTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Agent_FindsTheSameSandbox_AndNothingOfTheHost()
    {
        var driver = await DriverAsync(sandbox);

        var result = await sandbox.RunAsync(
            ["sh", "-c", """
                id -u; id -G; grep -E '^Cap|^NoNewPrivs|^Seccomp:' /proc/self/status; echo x > /tmp/x && echo x > $HOME/x && echo x > /dev/shm/x && echo wrote; stat -c %a $HOME; tail -n +3 /proc/net/dev | cut -d: -f1 | xargs
                for d in / /usr /etc /run /run/secure-agent /dev /sys /sys/fs/cgroup /opt/secure-agent/guest /mnt; do (echo x > $d/x) 2>/dev/null && echo "open $d"; done
                cat /etc/shadow /etc/machine-id 2>/dev/null; kill -9 1 2>/dev/null && echo killed; unshare -U true 2>/dev/null && echo nested; getent hosts example.com
                bash -c 'exec 3<>/dev/tcp/192.0.2.7/443' 2>/dev/null && echo reached; exit 7
                """],
            driver: driver.Driver);

        Assert.True(result.Code == 7, $"exit {result.Code}: {result.Output}{result.Errors}");
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1000", "1000"], lines[..2]);
        Assert.All(lines.Where(line => line.StartsWith("Cap", StringComparison.Ordinal)), set => Assert.EndsWith("0000000000000000", set, StringComparison.Ordinal));
        Assert.Contains("NoNewPrivs:\t1", lines);
        Assert.Contains("Seccomp:\t2", lines);
        Assert.Equal(["wrote", "700", "lo"], lines[^3..]);
        Assert.Contains(result.Events, seen => seen.Type == GuestEvent.Dns && seen.Name == "example.com");
        Assert.Empty(HostProcesses.OfUid(result.Uid)); // the end is reported after the last of them
        Assert.Empty(HostProcesses.WithSessionDirectory(result.Id));
    }

    [Fact]
    public async Task Layers_ThatCannotHoldThere_AreSaid_AndTheOthersProbed()
    {
        var driver = await DriverAsync(sandbox);

        Assert.Equal([SandboxLayers.BypassCatcher], driver.Layers.Where(layer => !layer.Present && layer.Name != SandboxLayers.Landlock).Select(layer => layer.Name));
        Assert.Superset(
            new HashSet<string> { SandboxLayers.Container, SandboxLayers.Seccomp, SandboxLayers.NoNewPrivileges, SandboxLayers.Mounts, SandboxLayers.PidNamespace, SandboxLayers.IpcNamespace, SandboxLayers.Capabilities, SandboxLayers.Relays },
            driver.Layers.Where(layer => layer.Present).Select(layer => layer.Name).ToHashSet());
        Assert.Contains(SandboxLayers.BypassCatcher, driver.Driver.StandsInFor.Keys);
    }

    [Fact]
    public async Task Kill_OfFrozenStubbornAgent_LeavesNothing()
    {
        var driver = await DriverAsync(sandbox);
        var result = await sandbox.RunAsync(["bash", "-c", "trap '' TERM INT HUP; sleep 600 & while :; do sleep 600; done"], driver: driver.Driver, meanwhile: async running =>
        {
            await running.FreezeAsync();
            await running.StandardInput.WriteAsync("on\n"u8.ToArray());
            Assert.False(running.Exited.IsCompleted);
            await running.KillAsync();
        });

        Assert.Equal(137, result.Code);
        await HostProcesses.GoneAsync(result.Uid);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(sandbox.RunDirectory, "oci"), $"*{result.Id}*", SearchOption.AllDirectories));
    }

    [Fact]
    public void State_OfAServersOwnRunDirectory_IsShortEnoughForPodman()
    {
        const int mostPodmanTakes = 50, highestProcess = 4_194_304;

        Assert.InRange(new AgentRunner.Sandbox.Container.ContainerHome("/run/secure-agent-0123456789", highestProcess).State.Length, 1, mostPodmanTakes);
    }

    /// <summary>The driver; skips where podman is missing, or the server is not root.</summary>
    internal static async Task<DriverState> DriverAsync(SandboxFixture sandbox)
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(new[] { "/usr/local/bin/podman", "/usr/bin/podman" }.Any(File.Exists), "podman is not installed");
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "containers need a server that is root");
        return await sandbox.Host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);
    }
}
