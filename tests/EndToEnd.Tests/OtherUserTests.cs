using System.Globalization;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>What the user may not read is an error that says so: never nothing found, never a stack trace.</summary>
public sealed class OtherUserTests : IAsyncLifetime
{
    private const int User = 4242;
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sa-other-");
    private readonly DirectoryInfo closed;

    public OtherUserTests()
    {
        folder.UnixFileMode = OwnerAlone | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        closed = folder.CreateSubdirectory("closed");
    }

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root to be another user");
        var own = await CliAsync("--version");
        Assert.SkipUnless(own.ExitCode == 0, $"another user cannot run the build: {own.Stderr}");
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task AuditLog()
    {
        closed.CreateSubdirectory("audit").UnixFileMode = OwnerAlone;

        AssertRefused(await CliAsync("audit", "verify", "--data", closed.FullName), "run this as the server's user");
        Assert.Equal(0, (await Product.CliAsync("audit", "verify", "--data", closed.FullName)).ExitCode);
    }

    [Fact]
    public async Task ManifestsInAClosedFolder_AreNotClean()
    {
        const string config = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n";
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.yaml"), config);
        await File.WriteAllTextAsync(Path.Combine(closed.FullName, "b.yaml"), config.Replace("name: a", "name: b", StringComparison.Ordinal));
        closed.UnixFileMode = OwnerAlone;

        AssertRefused(await CliAsync("manifests", "check", folder.FullName), "cannot be read as a whole");
        Assert.Contains("clean: 2 objects", (await Product.CliAsync("manifests", "check", folder.FullName)).Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Workspace()
    {
        var data = folder.CreateSubdirectory("data");
        await Product.RunAsync("chown", [User.ToString(CultureInfo.InvariantCulture), data.FullName]);
        var open = folder.CreateSubdirectory("open");
        closed.UnixFileMode = OwnerAlone;

        AssertRefused(await CliAsync("run", "--data", data.FullName, "--workspace", closed.FullName, "--", "true"), $"the folder '{closed.FullName}' cannot be opened");
        var control = await CliAsync("run", "--data", data.FullName, "--workspace", open.FullName, "--", "true");
        Assert.True(control.ExitCode == 0, control.ToString());
    }

    private static Task<Outcome> CliAsync(params string[] args) => Product.RunAsync(
        "setpriv", [$"--reuid={User}", $"--regid={User}", "--clear-groups", "env", "-u", "XDG_RUNTIME_DIR", "HOME=/nonexistent", "dotnet", Product.Cli, .. args]);

    private static void AssertRefused(Outcome outcome, string words)
    {
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains(words, outcome.Stderr, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Stderr, StringComparison.Ordinal);
    }
}
