using System.CommandLine;
using SecureAgent.AppHost.Commands;
using SecureAgent.AppHost.Images;
using SecureAgent.Kubernetes;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Tests.Images;

public sealed class ImagesCommandTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task DryRun_PrintsOneCommandForEveryProgramOfTheGraph()
    {
        var (exit, output, errors) = await RunAsync("--registry", "registry.localhost:5000", "--dry-run");

        Assert.Equal((0, ""), (exit, errors));
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(
            ["agent-runner", "desktop-agent", "egress-proxy", "file-gate", "inference-gateway", "relay", "secret-broker"],
            lines.Select(line => line.Split("secure-agent/")[1].Split(' ')[0]));
        Assert.All(lines, line =>
        {
            Assert.StartsWith("DOTNET_CONTAINER_INSECURE_REGISTRIES='registry.localhost:5000' dotnet publish ", line, StringComparison.Ordinal);
            Assert.Contains(" -t:PublishContainer ", line, StringComparison.Ordinal);
            Assert.Contains($" -p:ContainerUser={Names.NonRoot} ", line, StringComparison.Ordinal);
            Assert.Contains(" -p:ContainerFamily=noble-chiseled ", line, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task RegistryElsewhere_IsNeverInsecure()
    {
        var (_, output, _) = await RunAsync("--registry", "registry.example.com", "--dry-run");

        Assert.DoesNotContain("INSECURE", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--registry", "a.example", "--archive", "out")]
    [InlineData("--registry", "https://a.example")]
    [InlineData("--registry", "a.example/path")]
    [InlineData("--registry", "a.example", "--mirror", "-p:x")]
    public async Task WrongChoice_IsOneLine(params string[] arguments)
    {
        var (exit, output, errors) = await RunAsync([.. arguments, "--dry-run"]);

        Assert.Equal((StartupException.ExitCode, ""), (exit, output));
        Assert.Equal(1, errors.Count(letter => letter == '\n'));
    }

    [Fact]
    public void Digests_AreReadAsWritten_AndNothingElseIs()
    {
        var written = ImageDigests.Write(new Dictionary<string, string> { ["file-gate"] = Digest, ["egress-proxy"] = Digest });

        Assert.Equal(Digest, ImageDigests.Parse(written, "images.json")["file-gate"]);
        Assert.StartsWith("{\n  \"egress-proxy\"", written, StringComparison.Ordinal);
        foreach (var wrong in new[] { "[]", "{", "{\"file-gate\": 1}", "{\"file-gate\": \"latest\"}", $"{{\"file-gate\": \"{Digest}0\"}}", "{\"file-gate\": null}" })
        {
            Assert.DoesNotContain('\n', Assert.Throws<PublishException>(() => ImageDigests.Parse(wrong, "images.json")).Message);
        }
    }

    [Fact]
    public void DigestsFile_ThatIsNotThere_IsAnInstruction()
    {
        Assert.Contains("./dev images", Assert.Throws<StartupException>(() => ImageSettings.ReadDigests("/nowhere/images.json")).Message, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var root = new RootCommand { ImagesCommand.Create() };
        var exit = await root.Parse(["images", .. arguments]).InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return (exit, output.ToString(), errors.ToString());
    }
}
