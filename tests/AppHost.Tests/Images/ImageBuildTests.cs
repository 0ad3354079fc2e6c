using System.Formats.Tar;
using System.Text.Json;
using SecureAgent.AppHost.Images;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Tests.Images;

/// <summary>The SDK's own container support against a registry on loopback: what is pushed is what the manifests ask for.</summary>
public sealed class ImageBuildTests
{
    private static readonly ComponentImage Agent = ComponentImage.Of(DevServer.Build()).Single(image => image.Name == "desktop-agent");

    [Fact]
    public async Task Image_IsPushed_NonRoot_OnTheChiselledBase_UnderTheDigestThatIsReported()
    {
        await using var registry = await OciRegistry.StartAsync();
        registry.AddBase("dotnet/runtime", $"10.0-{ImageSettings.Family}");
        var settings = Settings() with { Registry = registry.Name, Mirror = registry.Name };

        var (digest, published) = await ImageBuild.RunAsync(Agent, settings, TestContext.Current.CancellationToken);

        var (pushed, manifest, config) = registry.Pushed("secure-agent/desktop-agent", Names.Version);
        Assert.Equal(pushed, digest);
        Assert.Equal(2, manifest.GetProperty("layers").GetArrayLength());
        var run = config.GetProperty("config");
        Assert.Equal("64535", run.GetProperty("User").GetString());
        Assert.Equal("/app/SecureAgent.DesktopAgent.dll", run.GetProperty("Entrypoint").EnumerateArray().Last().GetString());
        var files = registry.Files(manifest.GetProperty("layers")[1].GetProperty("digest").GetString()!);
        Assert.Contains(files, file => file.EndsWith("app/SecureAgent.DesktopAgent.dll", StringComparison.Ordinal));
        using var bill = JsonDocument.Parse(BillOfMaterials.Write(Agent.Name, await File.ReadAllTextAsync(Path.Combine(published, "SecureAgent.DesktopAgent.deps.json"), TestContext.Current.CancellationToken)));
        Assert.Contains(bill.RootElement.GetProperty("components").EnumerateArray(), part => part.GetProperty("name").GetString() == "OpenAI");
    }

    [Fact]
    public async Task Image_IsWrittenAsAnArchive()
    {
        await using var registry = await OciRegistry.StartAsync();
        registry.AddBase("dotnet/runtime", $"10.0-{ImageSettings.Family}");
        var directory = Directory.CreateTempSubdirectory("images-").FullName;
        try
        {
            await ImageBuild.RunAsync(Agent, Settings() with { ArchiveDirectory = directory, Mirror = registry.Name }, TestContext.Current.CancellationToken);

            using var archive = new TarReader(File.OpenRead(Path.Combine(directory, "desktop-agent.tar")));
            List<string> entries = [];
            while (await archive.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken) is { } entry)
            {
                entries.Add(entry.Name);
            }

            Assert.Contains("index.json", entries);
            Assert.Throws<KeyNotFoundException>(() => registry.Pushed("secure-agent/desktop-agent", Names.Version));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task BaseThatIsNotThere_IsOneError_AndNothingIsPushed()
    {
        await using var registry = await OciRegistry.StartAsync();
        var settings = Settings() with { Registry = registry.Name, Mirror = registry.Name };

        var error = await Assert.ThrowsAsync<StartupException>(() => ImageBuild.RunAsync(Agent, settings, TestContext.Current.CancellationToken));

        Assert.StartsWith("the image of desktop-agent was not built: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Throws<KeyNotFoundException>(() => registry.Pushed("secure-agent/desktop-agent", Names.Version));
    }

    /// <summary>What these tests were built beside, as it is: nothing is compiled here.</summary>
    private static ImageSettings Settings() => new()
    {
        Root = ProgramFiles.SourceRoot(AppContext.BaseDirectory),
        Configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
        NoBuild = true,
    };
}
