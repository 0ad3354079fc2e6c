using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>
/// One layer taken away at a time under the other drivers, by a program that stands before the driver's tool: it breaks a system call for everything below it, or changes one argument. That the
/// same start succeeds untouched is what <see cref="ContainerTests"/> and <see cref="GvisorTests"/> show.
/// </summary>
public sealed class DriverFaultTests(SandboxFixture sandbox) : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-fault-").FullName;

    [Theory]
    [InlineData(SandboxLayers.Landlock, 444)]
    [InlineData(SandboxLayers.Seccomp, 317)]
    public async Task Container_SystemCallMissing_IsNamedAndOnlyConsentGoesOn(string layer, int call)
    {
        await ContainerTests.DriverAsync(sandbox);
        FaultTests.RequireBreakable();
        await using var host = await PrepareAsync("podman", FaultTests.Wrapper(call, "/usr/bin/podman"));

        var found = await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken);

        Assert.Contains(found.Layers, one => one.Name == layer && !one.Present);
        Assert.Equal(layer, (await Assert.ThrowsAsync<SandboxException>(() => StartAsync(host, found.Driver))).Layer);
        await using var degraded = await StartAsync(host, found.Driver, layer);
        Assert.Equal(0, await degraded.Exited);
        Assert.Contains(degraded.Layers, one => one.Name == layer && !one.Present);
    }

    [Theory]
    [InlineData(SandboxLayers.UnprivilegedUid, "1000:1000", "0:0")]
    [InlineData(SandboxLayers.Capabilities, "--cap-drop=all", "--cap-add=NET_RAW")]
    [InlineData(SandboxLayers.Relays, "net.ipv4.ip_unprivileged_port_start=0", "net.ipv4.ip_unprivileged_port_start=1024")]
    [InlineData(SandboxLayers.Mounts, "/sys:ro,size=4096,mode=0555,notmpcopyup", "/mnt:ro,size=4096,mode=0555,notmpcopyup")]
    public async Task Container_ArgumentChanged_IsNamedAndThereIsNoConsent(string layer, string argument, string instead)
    {
        await ContainerTests.DriverAsync(sandbox);
        await using var host = await PrepareAsync("podman", $"""
            #!/bin/sh
            for argument do
              shift
              [ "$argument" = "{argument}" ] && argument="{instead}"
              set -- "$@" "$argument"
            done
            exec /usr/bin/podman "$@"

            """);

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken));

        Assert.True(refusal.Layer == layer, $"{refusal.Layer}: {refusal.Message}");
    }

    /// <summary>A server that is root whose uid is not dropped although the kernel says so.</summary>
    [Fact]
    public async Task Gvisor_WrongUid_IsNamed()
    {
        await GvisorTests.DriverAsync(sandbox);
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "only root has an identity to drop");
        await using var host = await PrepareAsync("none", "", BrokenGuest.Make(directory, 117, answer: 0)); // setresuid

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => host.Drivers.GetAsync(SandboxDrivers.Gvisor, TestContext.Current.CancellationToken));

        Assert.True(refusal.Layer == SandboxLayers.UnprivilegedUid, refusal.Message);
    }

    /// <summary>As on a machine that has none to give: whoever asks for one is refused, root as well.</summary>
    [Theory]
    [InlineData(SandboxDrivers.Container, "podman")]
    [InlineData(SandboxDrivers.Gvisor, "setpriv")]
    public async Task UserNamespacesClosed_AreNamedWithTheMend(string driver, string tool)
    {
        await DriversHere.RequireAsync(sandbox, driver);
        FaultTests.RequireBreakable();
        await PutAsync("unshare", FaultTests.WithoutUserNamespaces("/usr/bin/unshare"));
        await using var host = await PrepareAsync(tool, FaultTests.WithoutUserNamespaces($"/usr/bin/{tool}"));

        var refusal = await Assert.ThrowsAsync<SandboxException>(() => host.Drivers.GetAsync(driver, TestContext.Current.CancellationToken));

        Assert.True(refusal.Layer == SandboxLayers.UserNamespace, $"{refusal.Layer}: {refusal.Message}");
        Assert.Contains("user namespaces are closed", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>runsc gets a bundle, and PID 1 a configuration, of the same content but for a few words: two relays on one port, or a mount elsewhere.</summary>
    [Theory]
    [InlineData("", "", "")] // carried there unchanged, it works
    [InlineData(SandboxLayers.Relays, "s/3128/8081/", "")]
    [InlineData(SandboxLayers.Mounts, "", "s|:./sys.|:\"/mnt\"|")]
    public async Task Gvisor_BundleChanged_IsNamedAndThereIsNoConsent(string layer, string guest, string bundle)
    {
        await GvisorTests.DriverAsync(sandbox);
        await using var host = await PrepareAsync("runsc", $$"""
            #!/bin/sh
            for argument do
              shift
              case "$argument" in
                */gvisor/*/state) changed="$argument/changed" ;;
                */gvisor/*)
                  mkdir -p "$changed" && sed '{{guest}}' "${argument%/gvisor/*}/sessions/${argument##*/}/guest.json" > "$changed/guest.json"
                  own='{"type":"bind","source":"'$changed/guest.json'","destination":"/run/secure-agent/guest.json","options":["bind","ro"]}'
                  sed -e '{{bundle}}' -e "s|],\"linux\":|,$own],\"linux\":|" "$argument/config.json" > "$changed/config.json"
                  argument="$changed" ;;
              esac
              set -- "$@" "$argument"
            done
            exec /usr/bin/runsc "$@"

            """);

        var refusal = await Record.ExceptionAsync(() => host.Drivers.GetAsync(SandboxDrivers.Gvisor, TestContext.Current.CancellationToken));

        Assert.True((refusal as SandboxException)?.Layer == (layer.Length > 0 ? layer : null), $"{refusal}");
        Assert.Equal(layer.Length > 0, refusal is not null);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private async Task PutAsync(string tool, string program)
    {
        var path = Path.Combine(directory, tool);
        await File.WriteAllTextAsync(path, program);
        foreach (var made in new[] { directory, path })
        {
            File.SetUnixFileMode(made, (UnixFileMode)Convert.ToInt32("755", 8));
        }
    }

    private async Task<SandboxHost> PrepareAsync(string tool, string program, string? guest = null)
    {
        await PutAsync(tool, program);
        return await SandboxHost.PrepareAsync(
            new SandboxHostOptions(guest ?? SandboxFixture.GuestDirectory, null, $"{directory}:/usr/local/bin:/usr/bin:/bin"),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-fault"), TimeProvider.System, default);
    }

    private async Task<ISandbox> StartAsync(SandboxHost host, ISandboxDriver driver, params string[] accepted)
    {
        var id = ServiceDefaults.Identifiers.New("s");
        var uid = host.Uids.Take();
        await using var prepared = await driver.PrepareAsync(
            new SandboxRequest(id, SessionDirectory.Create(sandbox.RunDirectory, id, uid), uid, SandboxPolicy.Default, accepted), default);
        return await prepared.StartAsync(new AgentStart(["true"], AgentEnvironment.Build(id, "/usr/bin")), default);
    }
}
