namespace SecureAgent.EndToEnd.Tests;

/// <summary><c>publish</c> and <c>manifests check</c> as an operator runs them.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-publish-").FullName;

    private string Output => Path.Combine(root, "out");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Published_PassesTheManifestChecks_AndAWeakenedOneDoesNot()
    {
        var published = await PublishAsync();
        var clean = await Product.CliAsync("manifests", "check", Output);
        var proxy = Path.Combine(Output, "base", "egress-proxy.yaml");
        await File.WriteAllTextAsync(proxy, (await File.ReadAllTextAsync(proxy)).Replace("privileged: false", "privileged: true", StringComparison.Ordinal));
        var weakened = await Product.CliAsync("manifests", "check", Output, "--sarif", Path.Combine(root, "report.sarif"));

        Assert.True(published.ExitCode == 0, published.ToString());
        Assert.True(clean.ExitCode == 0, clean.ToString());
        Assert.Contains("clean: ", clean.Stdout, StringComparison.Ordinal);
        Assert.True(weakened.ExitCode == 1, weakened.ToString());
        Assert.Contains("no-privileged", await File.ReadAllTextAsync(Path.Combine(root, "report.sarif")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--overlay", "prod", "local", "staging")]
    [InlineData("--isolation", "runc", "kata", "gvisor")]
    [InlineData("--secrets", "env", "broker", "sops")]
    [InlineData("--profile", "other", "default", "strict")]
    [InlineData("--policy", "nowhere.yaml", "readable policy file")]
    public async Task WrongChoice_IsOneErrorThatNamesFieldValueAndMend(string option, string value, params string[] mend)
    {
        var outcome = await PublishAsync(option, value);

        AssertRefused(outcome, [option, value, .. mend]);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public async Task OutputMissing_OrInTheWayOfAFile_IsOneError()
    {
        var file = Path.Combine(root, "file");
        await File.WriteAllTextAsync(file, "mine");

        AssertRefused(await Product.RunAsync("dotnet", [Product.Host, "publish"]), "--output", "directory");
        AssertRefused(await Product.RunAsync("dotnet", [Product.Host, "publish", "--output", ""]), "--output", "directory");
        AssertRefused(await Product.RunAsync("dotnet", [Product.Host, "publish", "--output", file]), "--output", file, "name a directory");
        AssertRefused(await PublishAsync("--overlays", "local"), "--overlays");
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task ForeignOrChangedFile_IsNamed_AndNothingIsWritten()
    {
        Directory.CreateDirectory(Output);
        var readme = Path.Combine(Output, "README.md");
        await File.WriteAllTextAsync(readme, "mine");

        AssertRefused(await PublishAsync(), readme, "was not written by publish", "move it away");
        Assert.Equal([readme], Directory.GetFileSystemEntries(Output));

        File.Delete(readme);
        Assert.Equal(0, (await PublishAsync()).ExitCode);
        await File.AppendAllTextAsync(readme, "mine");
        AssertRefused(await PublishAsync(), readme, "was changed since publish wrote it", "overlay of your own");
    }

    private Task<Outcome> PublishAsync(params string[] args) => Product.RunAsync("dotnet", [Product.Host, "publish", "--output", Output, .. args]);

    private static void AssertRefused(Outcome outcome, params string[] parts)
    {
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Empty(outcome.Stdout);
        Assert.Single(outcome.Stderr.TrimEnd('\n').Split('\n'));
        Assert.All(parts, part => Assert.Contains(part, outcome.Stderr, StringComparison.Ordinal));
    }
}
