namespace SecureAgent.EndToEnd.Tests;

/// <summary>Each mistake: one clear line that says what to do, exit code 2, nothing left running.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-bad-").FullName;

    private string Data => Path.Combine(root, "data");

    [Fact]
    public async Task Workspace_Missing_IsNamed() =>
        AssertRefused(await RunAsync("--workspace", Path.Combine(root, "nowhere"), "--", "true"), "--workspace", "nowhere", "existing directory");

    [Fact]
    public async Task Policy_Unreadable_IsNamed() =>
        AssertRefused(await RunAsync("--policy", Path.Combine(root, "none.yaml"), "--", "true"), "none.yaml", "readable policy file");

    [Fact]
    public async Task Profile_Unknown_IsNamedWithTheOnesThereAre() =>
        AssertRefused(await RunAsync("--profile", "defualt", "--", "true"), "defualt", "default", "strict", "offline");

    [Fact]
    public async Task PolicyKey_Misspelled_IsNamedWithItsLine()
    {
        var policy = Path.Combine(root, "policy.yaml");
        await File.WriteAllTextAsync(policy, "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    egres: []\n");

        AssertRefused(await RunAsync("--policy", policy, "--", "true"), "policy.yaml:5:5", "egres", "egress");
    }

    [Fact]
    public async Task Bubblewrap_Absent_IsNamedWithTheMend()
    {
        var bin = Directory.CreateDirectory(Path.Combine(root, "bin")).FullName;
        foreach (var tool in new[] { "dotnet", "unshare", "setpriv", "sh" })
        {
            var path = (await Product.RunAsync("sh", ["-c", $"command -v {tool}"])).Stdout.Trim();
            File.CreateSymbolicLink(Path.Combine(bin, tool), path);
        }

        var outcome = await Product.RunAsync(
            "dotnet", [Product.Cli, "run", "--data", Data, "--", "true"], environment: new Dictionary<string, string> { ["PATH"] = bin });

        AssertRefused(outcome, "bubblewrap", "install");
    }

    [Fact]
    public async Task Port_Taken_IsNamedWithTheMend()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var outcome = await Product.RunAsync("dotnet", [Product.Host, "--data", Data, "--port", $"secret-broker={port}"]);

        AssertRefused(outcome, $"{port}", "--port");
    }

    [Fact]
    public async Task AuditDisk_Full_IsNamedWithTheMend()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root to mount a small tmpfs");
        Directory.CreateDirectory(Data);
        var mount = await Product.RunAsync("mount", ["-t", "tmpfs", "-o", "size=4k,nr_inodes=64", "tmpfs", Data]);
        Assert.SkipUnless(mount.ExitCode == 0, "this machine allows no tmpfs mount: " + mount.Stderr);
        try
        {
            var outcome = await Product.RunAsync("dotnet", [Product.Host, "--data", Data]);

            AssertRefused(outcome, "audit log", "space");
        }
        finally
        {
            await Product.RunAsync("umount", [Data]);
        }
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "task", "--", "command")]
    [InlineData("run", "--", "")]
    [InlineData("run", "task", "--bogus")]
    [InlineData("nonsense")]
    public async Task CommandLine_Wrong_IsRefused(params string[] args) => AssertRefused(await Product.CliAsync(args));

    [Fact]
    public async Task DataDirectory_InUse_IsNamed()
    {
        await using var server = await Server.StartAsync();

        AssertRefused(await Product.RunAsync("dotnet", [Product.Host, "--data", server.Data]), "already", "--data");
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private Task<Outcome> RunAsync(params string[] args) => Product.CliAsync(["run", "--data", Data, .. args]);

    private void AssertRefused(Outcome outcome, params string[] words)
    {
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.All(words, word => Assert.Contains(word, outcome.Stderr, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", outcome.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain(Processes.All, id => Processes.CommandLine(id).Contains(root, StringComparison.Ordinal));
    }
}
