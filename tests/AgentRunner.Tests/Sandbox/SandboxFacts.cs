using System.Net;
using System.Net.Sockets;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>What the agent finds, seen from the inside.</summary>
public sealed class SandboxFacts(SandboxFixture sandbox)
{
    [Fact]
    public async Task Identity_Inside_IsUid1000WithoutCapabilities()
    {
        var result = await sandbox.ShellAsync("id -u; id -g; id -G; grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status");

        Assert.Equal(0, result.Code);
        Assert.StartsWith("1000\n1000\n1000\n", result.Output, StringComparison.Ordinal);
        foreach (var set in new[] { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" })
        {
            Assert.Contains($"{set}:\t0000000000000000", result.Output, StringComparison.Ordinal);
        }

        Assert.Contains("NoNewPrivs:\t1", result.Output, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identity_Outside_IsNeverRoot()
    {
        // The agent waits for its input to end, so that the host can look at it meanwhile.
        var outside = new List<string>();
        var result = await sandbox.RunAsync(["sh", "-c", "echo $$; cat"], meanwhile: _ =>
        {
            outside.AddRange(HostProcesses.UidsOfSandboxes());
            return Task.CompletedTask;
        });

        Assert.Equal(0, result.Code);
        Assert.Contains(result.Uid.ToString(null, null), outside);
        Assert.DoesNotContain("0", outside);
    }

    [Fact]
    public async Task Network_Inside_IsLoopbackOnly()
    {
        var result = await sandbox.ShellAsync("cat /proc/net/dev | tail -n +3 | cut -d: -f1");

        Assert.Equal("lo", result.Output.Trim());
    }

    [Fact]
    public async Task HostFiles_AreNotThere()
    {
        // A secret of the host, readable by everybody, in each place the agent might look.
        var secret = Path.Combine(Path.GetTempPath(), $"sa-host-secret-{Environment.ProcessId}");
        await File.WriteAllTextAsync(secret, "host secret");
        try
        {
            var result = await sandbox.ShellAsync(
                $"cat {secret} /etc/shadow /etc/machine-id /root/.bashrc; ls -A /root /home /var /sys /boot /srv /media; ls -A /home /tmp /mnt; echo end");

            Assert.Contains("host secret", await File.ReadAllTextAsync(secret), StringComparison.Ordinal);
            Assert.Equal("/home:\nagent\n\n/mnt:\n\n/tmp:\nend\n", result.Output[result.Output.LastIndexOf("/home:", StringComparison.Ordinal)..]);
            Assert.DoesNotContain("secret\n", result.Output, StringComparison.Ordinal);
            foreach (var absent in new[] { "/root", "/var", "/sys", "/boot", "/etc/shadow", "/etc/machine-id" })
            {
                Assert.Matches($"{absent}.*: No such file or directory", result.Errors);
            }
        }
        finally
        {
            File.Delete(secret);
        }
    }

    [Fact]
    public async Task Environment_HoldsTheDocumentedVariablesOnly()
    {
        var result = await sandbox.RunAsync(["env"]);

        var names = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]);
        Assert.Equal(AgentEnvironment.Build("x", "/usr").Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task InitProcess_IsClosedToTheAgent()
    {
        var result = await sandbox.ShellAsync("cat /proc/1/environ; ls -l /proc/1/exe /proc/1/fd; cat /proc/1/maps; kill -9 1; kill -TERM 1; cat /proc/$$/environ | wc -c");

        Assert.Equal(0, result.Code);
        Assert.Matches("environ: Permission denied", result.Errors);
        Assert.Matches("fd.*: Permission denied", result.Errors);
        Assert.NotEqual("0", result.Output.Trim()); // control: one's own is open
    }

    [Fact]
    public async Task Tree_IsReadOnlyExceptTheAgentsOwnPlaces()
    {
        var result = await sandbox.ShellAsync(
            "for d in / /usr /usr/bin /etc /opt /opt/secure-agent /opt/secure-agent/guest /run /run/secure-agent /mnt /proc /dev; do touch $d/x 2>/dev/null && echo wrote $d; done;"
            + "echo x > /proc/sys/kernel/hostname 2>/dev/null && echo wrote hostname; for d in /tmp /home/agent /dev/shm; do touch $d/x && echo ok $d; done");

        Assert.Equal("ok /tmp\nok /home/agent\nok /dev/shm\n", result.Output);
    }

    [Fact]
    public async Task HostLoopback_IsOutOfReach()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using (var control = new TcpClient())
        {
            await control.ConnectAsync(IPAddress.Loopback, port);
            using var accepted = await listener.AcceptTcpClientAsync();
            Assert.True(accepted.Connected);
        }

        var result = await sandbox.RunAsync(["bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected"]);

        Assert.DoesNotContain("connected", result.Output, StringComparison.Ordinal);
        Assert.Contains("Connection refused", result.Errors, StringComparison.Ordinal);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Lookup_IsAnsweredNoSuchNameAndReported()
    {
        var result = await sandbox.RunAsync(["getent", "hosts", "example.com"]);

        Assert.Equal(2, result.Code);
        Assert.Contains(result.Events, seen => seen.Type == GuestEvent.Dns && seen.Name == "example.com");
    }

    [Fact]
    public async Task AroundTheProxy_IsRefusedAndReportedWithItsDestination()
    {
        var result = await sandbox.RunAsync(["bash", "-c",
            "exec 3<>/dev/tcp/192.0.2.7/443 && echo connected; exec 3<>/dev/tcp/2001:db8::7/80 && echo connected; echo x > /dev/udp/198.51.100.9/5353"]);

        Assert.DoesNotContain("connected", result.Output, StringComparison.Ordinal);
        var seen = result.Events.Where(one => one.Type == GuestEvent.Bypass).Select(one => $"{one.Protocol} {one.Name} {one.Port}").ToArray();
        string[] expected = ["tcp 192.0.2.7 443", "tcp 2001:db8::7 80", "udp 198.51.100.9 5353"];
        Assert.True(expected.All(seen.Contains), $"saw [{string.Join(", ", seen)}], exit {result.Code}, {result.Errors}");
    }

    [Fact]
    public async Task Namespaces_CannotBeMadeInside()
    {
        var result = await sandbox.ShellAsync("unshare -U true; unshare -m true; unshare -n true; mount -t tmpfs x /mnt; mount --bind /tmp /mnt; chroot / true; ls /mnt");

        Assert.Equal(3, result.Errors.Split("unshare failed: Operation not permitted").Length - 1);
        Assert.DoesNotContain("agent", result.Output, StringComparison.Ordinal);
    }
}
