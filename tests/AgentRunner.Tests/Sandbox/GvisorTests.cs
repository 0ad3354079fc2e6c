using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The same facts as under bubblewrap, where the kernel is gVisor's; skipped visibly where runsc is missing.</summary>
public sealed class GvisorTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Agent_FindsTheSameSandbox_AndNothingOfTheHost()
    {
        var driver = await DriverAsync();

        var result = await sandbox.RunAsync(
            ["sh", "-c", """
                id -u; id -G; grep -E '^Cap' /proc/self/status; echo x > /tmp/x && echo x > $HOME/x && echo wrote; cat /proc/version; tail -n +3 /proc/net/dev | cut -d: -f1 | xargs
                for d in / /usr /etc /run/secure-agent /dev /sys /opt/secure-agent/guest; do (echo x > $d/x) 2>/dev/null && echo "open $d"; done
                cat /etc/shadow /etc/machine-id 2>/dev/null; kill -9 1 2>/dev/null && echo killed; getent hosts example.com
                bash -c 'exec 3<>/dev/tcp/192.0.2.7/443' 2>/dev/null && echo reached; exit 7
                """],
            driver: driver.Driver);

        Assert.True(result.Code == 7, $"exit {result.Code}: {result.Output}{result.Errors}");
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1000", "1000"], lines[..2]);
        Assert.All(lines.Where(line => line.StartsWith("Cap", StringComparison.Ordinal)), set => Assert.EndsWith("0000000000000000", set, StringComparison.Ordinal));
        Assert.Equal("wrote", lines.Single(line => line == "wrote"));
        Assert.DoesNotContain(await File.ReadAllTextAsync("/proc/sys/kernel/osrelease"), result.Output, StringComparison.Ordinal); // gVisor's own kernel answers
        Assert.Equal("lo", lines[^1]);
        Assert.Contains(result.Events, seen => seen.Type == GuestEvent.Dns && seen.Name == "example.com");
        if (SandboxUids.ServerIsRoot)
        {
            Assert.Empty(HostProcesses.OfUid(result.Uid)); // the end is reported after the last of them
        }
    }

    [Fact]
    public async Task Layers_ThatCannotHoldThere_AreSaid_AndTheOthersProbed()
    {
        var driver = await DriverAsync();

        Assert.Equal([SandboxLayers.BypassCatcher, SandboxLayers.Landlock], driver.Layers.Where(layer => !layer.Present).Select(layer => layer.Name).Order(StringComparer.Ordinal));
        Assert.Superset(
            new HashSet<string> { SandboxLayers.Gvisor, SandboxLayers.Seccomp, SandboxLayers.NoNewPrivileges, SandboxLayers.Mounts, SandboxLayers.PidNamespace, SandboxLayers.Capabilities, SandboxLayers.Relays },
            driver.Layers.Where(layer => layer.Present).Select(layer => layer.Name).ToHashSet());
        Assert.Superset(driver.Layers.Where(layer => !layer.Present).Select(layer => layer.Name).ToHashSet(), driver.Driver.StandsInFor.Keys.ToHashSet());
    }

    [Theory]
    [InlineData("", SandboxDrivers.Gvisor)]
    [InlineData("honeypots: [hosts]", SandboxDrivers.Bubblewrap)]
    public async Task Auto_TakesTheStrongestThatEnforcesTheProfile(string more, string expected)
    {
        await DriverAsync();
        var profile = PolicyParser.Parse($"{{ apiVersion: secureagent.dev/v1, kind: AgentPolicy, profiles: {{ default: {{ sandbox: {{ driver: auto }}, {more} }} }} }}", "p").Document!.Profiles["default"];

        var chosen = await sandbox.Host.Drivers.ForAsync(profile, TestContext.Current.CancellationToken);

        Assert.Equal(expected, chosen.Driver.Name);
        Assert.StartsWith($"{expected} (auto", chosen.Words, StringComparison.Ordinal);
        Assert.Equal(more.Length > 0, chosen.PassedOver!.Contains("packets around the proxy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Freeze_StopsTheAgent_AndThawLetsItGoOn()
    {
        var driver = await DriverAsync();
        var result = await sandbox.RunAsync(["bash", "-c", "trap '' TERM; (while :; do :; done) & read -r line; kill -9 $!; echo got $line; exit 5"], driver: driver.Driver, meanwhile: async running =>
        {
            await running.FreezeAsync();
            await running.StandardInput.WriteAsync("on\n"u8.ToArray());
            await running.StandardInput.FlushAsync();
            Assert.False(running.Exited.IsCompleted);
            await running.ThawAsync();
        });

        Assert.Equal((5, "got on\n"), (result.Code, result.Output));
    }

    [Fact]
    public async Task Kill_OfFrozenStubbornAgent_LeavesNothing()
    {
        var driver = await DriverAsync();
        var result = await sandbox.RunAsync(["bash", "-c", "trap '' TERM INT HUP; sleep 600 & while :; do sleep 600; done"], driver: driver.Driver, meanwhile: async running =>
        {
            await running.FreezeAsync();
            await running.KillAsync();
        });

        Assert.Equal(137, result.Code);
        Assert.False(Directory.Exists(Path.Combine(sandbox.RunDirectory, "gvisor", result.Id)));
        await HostProcesses.GoneAsync(result.Uid);
    }

    /// <summary>The driver; skips where runsc is missing, or cannot so much as run a program here.</summary>
    internal static async Task<DriverState> DriverAsync(SandboxFixture sandbox)
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(new[] { "/usr/local/bin/runsc", "/usr/bin/runsc" }.Any(File.Exists), "runsc is not installed");
        try
        {
            return await sandbox.Host.Drivers.GetAsync(SandboxDrivers.Gvisor, TestContext.Current.CancellationToken);
        }
        catch (SandboxException failure)
        {
            using var plain = Process.Start(new ProcessStartInfo("runsc", ["--rootless", "--platform=ptrace", "--network=none", "--ignore-cgroups", "do", "true"]) { RedirectStandardError = true })!;
            var words = await plain.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await plain.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(plain.ExitCode == 0, $"runsc runs nothing here: {words}; {failure.Message}");
            throw;
        }
    }

    private Task<DriverState> DriverAsync() => DriverAsync(sandbox);
}
