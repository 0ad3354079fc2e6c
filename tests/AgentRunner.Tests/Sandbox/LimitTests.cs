using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>Bombs that end in the sandbox. Each with a control that succeeds where the limit is wider.</summary>
public sealed class LimitTests(SandboxFixture sandbox)
{
    [Fact]
    public async Task Memory_BeyondTheLimit_IsRefused()
    {
        const string eat = "head -c 300000000 /dev/zero | tail | wc -c; test ${PIPESTATUS[1]} = 0";

        var bounded = await sandbox.RunAsync(["bash", "-c", eat], SandboxPolicy.Default with { MemoryBytes = 128L << 20 });
        var control = await sandbox.RunAsync(["bash", "-c", eat], SandboxPolicy.Default with { MemoryBytes = 1L << 30 });

        Assert.NotEqual(0, bounded.Code);
        Assert.Equal((0, "300000000\n"), (control.Code, control.Output));
    }

    [Fact]
    public async Task Processes_BeyondTheLimit_AreRefused()
    {
        const string bomb = "for i in $(seq 600); do sleep 60 & done 2>/dev/null; echo spawned";

        var bounded = await sandbox.RunAsync(["bash", "-c", bomb], SandboxPolicy.Default with { Pids = 64 });
        var control = await sandbox.RunAsync(["bash", "-c", bomb], SandboxPolicy.Default with { Pids = 4000 });

        Assert.DoesNotContain("spawned", bounded.Output, StringComparison.Ordinal);
        Assert.Equal("spawned\n", control.Output);
    }

    [Theory]
    [InlineData("/tmp")]
    [InlineData("/home/agent")]
    [InlineData("/dev/shm")]
    public async Task Disk_BeyondTheLimit_IsRefused(string place)
    {
        var fill = $"head -c 40000000 /dev/zero > {place}/x";

        var bounded = await sandbox.ShellAsync(fill, SandboxPolicy.Default with { TmpBytes = 32L << 20 });
        var control = await sandbox.ShellAsync(fill, SandboxPolicy.Default with { TmpBytes = 64L << 20 });

        Assert.Contains("No space left on device", bounded.Errors, StringComparison.Ordinal);
        Assert.Equal(0, control.Code);
    }

    [Fact]
    public async Task Descriptors_AndCores_AreBounded()
    {
        var result = await sandbox.ShellAsync("ulimit -Hn; ulimit -Hc");

        Assert.Equal("4096\n0\n", result.Output);
    }
}
