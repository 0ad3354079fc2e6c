using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.Contracts.Guest;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>The process that waits for the next sandbox, in the control groups it will have.</summary>
public sealed class LauncherTests(SandboxFixture sandbox)
{
    private const string Boot = "b-launch";

    /// <summary>Of this process's only.</summary>
    private static readonly string Mark = string.Create(null, $"secure-agent-{Boot}.{Environment.ProcessId}");

    [Fact]
    public async Task Waiting_ThatWasKilled_CostsNoSession()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(CgroupMounts.OfThisProcess() is var mounts && ControlGroups.Detect(mounts, Boot, SandboxUids.ServerIsRoot, TimeProvider.System).CountSessions, "no control groups: nothing names the process");
        await using (var host = await SandboxHost.PrepareAsync(
            new SandboxHostOptions(SandboxFixture.GuestDirectory, null, "/usr/bin:/bin"),
            new ComponentContext("agent-runner", sandbox.RunDirectory, sandbox.RunDirectory, Boot), TimeProvider.System, TestContext.Current.CancellationToken))
        {
            Assert.Equal("1\n", (await sandbox.RunAsync(["sh", "-c", "echo 1"], on: host)).Output);
            var waiting = Assert.Single(HostProcesses.WithSessionDirectory(Mark));
            Assert.Contains("launch", waiting, StringComparison.Ordinal);

            await HostProcesses.EndAsync(Mark);

            Assert.Equal("2\n", (await sandbox.RunAsync(["sh", "-c", "echo 2"], on: host)).Output);
            Assert.Single(HostProcesses.WithSessionDirectory(Mark));
        }

        Assert.Empty(HostProcesses.WithSessionDirectory(Mark));
    }

    /// <summary>The order comes on the stream that is the agent's afterwards.</summary>
    [Fact]
    public async Task Order_TakesNothingOfTheAgentsInput()
    {
        var result = await sandbox.ShellAsync("cat", meanwhile: async running => await running.StandardInput.WriteAsync("first to last"u8.ToArray(), TestContext.Current.CancellationToken));

        Assert.Equal("first to last", result.Output);
    }

    [Fact]
    public void Words_ComeBackAsTheyWere()
    {
        string[] words = ["--uid", "100000", "--", "a b", "", "ä\n"];

        var bytes = LaunchWords.Write(words);

        Assert.Equal(bytes.Length - LaunchWords.LengthBytes, System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes));
        Assert.Equal(words, LaunchWords.Read(bytes.AsSpan(LaunchWords.LengthBytes)));
    }

    [Fact]
    public void Word_WithNul_IsRefused() => Assert.Throws<ArgumentException>(() => LaunchWords.Write(["--ro-bind", "/a\0--bind"]));
}
