using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The same facts for the other ways a server can be started.</summary>
public sealed class OtherCallerTests(SandboxFixture sandbox)
{
    private const uint SomeUser = 4242;

    /// <summary>These tests again, by an ordinary user's process.</summary>
    [Fact]
    public async Task OrdinaryUser_FindsTheSameFacts()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "these tests run as an ordinary user already");
        Assert.SkipUnless(Staging.IsReachable(AppContext.BaseDirectory), "the build is in a place no other user may enter");
        var results = Directory.CreateTempSubdirectory("sa-other-").FullName;
        File.SetUnixFileMode(results, (UnixFileMode)Convert.ToInt32("777", 8));
        var program = Path.Combine(AppContext.BaseDirectory, "SecureAgent.AgentRunner.Tests.dll");
        var start = new ProcessStartInfo("setpriv",
        [
            $"--reuid={SomeUser}", $"--regid={SomeUser}", "--clear-groups", "--no-new-privs", "dotnet", program,
            "-class", typeof(SandboxFacts).FullName!, "-class", typeof(Sessions.MemoryLimitTests).FullName!, "-noColor",
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["HOME"] = results;
        start.Environment["DOTNET_CLI_HOME"] = results;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Directory.Delete(results, recursive: true);

        Assert.True(process.ExitCode == 0, output + await errors);
        Assert.Matches(@"Total: 1\d, Errors: 0, Failed: 0, Skipped: 0", output);
    }

    /// <summary>A clone below /root: the sandbox's uid could not reach the programs there, so they are copied.</summary>
    [Fact]
    public async Task Programs_OutOfReach_AreStaged()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "an ordinary user's sandboxes have the user's own reach");
        var hidden = Directory.CreateTempSubdirectory("sa-hidden-").FullName; // 0700
        var guest = Directory.CreateDirectory(Path.Combine(hidden, "guest")).FullName;
        foreach (var file in Directory.GetFiles(SandboxFixture.GuestDirectory))
        {
            File.Copy(file, Path.Combine(guest, Path.GetFileName(file)));
        }

        try
        {
            await using var host = await SandboxHost.PrepareAsync(
                new SandboxHostOptions(guest, null, "/usr/bin:/bin"), new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-hidden"), TimeProvider.System, default);

            Assert.StartsWith(sandbox.RunDirectory, host.Program.Directory, StringComparison.Ordinal);
            var result = await sandbox.RunAsync(["id", "-u"], on: host);
            Assert.Equal("1000\n", result.Output);
            Assert.False(Staging.IsReachable(guest));
        }
        finally
        {
            Directory.Delete(hidden, recursive: true);
        }
    }

    /// <summary>A .NET root outside /usr is seen at /opt/secure-agent/dotnet.</summary>
    [Fact]
    public void DotnetRoot_OutsideUsr_HasAPlaceOfItsOwnInside()
    {
        var program = new GuestProgram(SandboxFixture.GuestDirectory, null, "/home/somebody/.dotnet");

        Assert.Equal("/opt/secure-agent/dotnet/dotnet", program.Inside("init")[0]);
        Assert.Equal("/home/somebody/.dotnet/dotnet", program.OnHost("launch")[0]);
    }

    [Fact]
    public async Task NativeGuest_BehavesAsTheManagedOne()
    {
        sandbox.RequireSandbox();
        var native = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "native", "Guest"));
        Assert.SkipUnless(File.Exists(Path.Combine(native, "SecureAgent.Guest")), "no native build; make one with ./dev native");
        await using var host = await SandboxHost.PrepareAsync(
            new SandboxHostOptions(native, null, "/usr/bin:/bin"), new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, "b-native"), TimeProvider.System, default);
        string[] script = ["bash", "-c", "id -u; env | sort | grep -v SESSION; grep -E 'Cap|Seccomp|NoNew' /proc/self/status; ls / /dev; ls /proc/self/fd; exec 3<>/dev/tcp/192.0.2.7/443; getent hosts example.com; (setsid sleep 99 &); kill -TERM $$"];

        var managedRun = await sandbox.RunAsync(script);
        var nativeRun = await sandbox.RunAsync(script, on: host);

        Assert.Equal(managedRun.Code, nativeRun.Code);
        Assert.Equal(managedRun.Output, nativeRun.Output);
        Assert.Equal(managedRun.Events.Select(seen => (seen.Type, seen.Name, seen.Port)).Order(), nativeRun.Events.Select(seen => (seen.Type, seen.Name, seen.Port)).Order());
        Assert.Equal(managedRun.Layers.Select(layer => (layer.Name, layer.Present)), nativeRun.Layers.Select(layer => (layer.Name, layer.Present)));
    }
}
