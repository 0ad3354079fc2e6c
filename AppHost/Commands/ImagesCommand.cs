using System.CommandLine;
using SecureAgent.AppHost.Images;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.Kubernetes;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Commands;

/// <summary><c>images</c>: every program of the graph as a container image, with a bill of materials, and the list of digests that <c>publish --images</c> reads.</summary>
internal static class ImagesCommand
{
    private static readonly Option<string?> Registry = new("--registry") { Description = "Registry to push to, HOST[:PORT]." };

    private static readonly Option<string?> Archive = new("--archive") { Description = "Directory to write images to, one archive each, in place of a registry." };

    private static readonly Option<string?> Mirror = new("--mirror") { Description = "Registry to take the base images from, HOST[:PORT]. Default: their publisher's." };

    private static readonly Option<string?> Output = new("--output") { Description = "Directory for images.json and the bills of materials. Default: artifacts/images." };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Print the commands and run none." };

    public static Command Create()
    {
        var command = new Command("images", "Build the container images with the SDK, and push them or write them as archives.") { Registry, Archive, Mirror, Output, DryRun };
        command.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                var settings = Settings(result, ProgramFiles.SourceRoot(AppContext.BaseDirectory));
                await BuildAsync(settings, result, cancellationToken);
                return 0;
            }
            catch (StartupException error)
            {
                await result.InvocationConfiguration.Error.WriteLineAsync($"secure-agent: {error.Message}");
                return StartupException.ExitCode;
            }
        });
        return command;
    }

    private static ImageSettings Settings(ParseResult result, string root)
    {
        var (registry, archive, mirror) = (result.GetValue(Registry), result.GetValue(Archive), result.GetValue(Mirror));
        if (registry is null == archive is null)
        {
            throw new StartupException("give either --registry HOST[:PORT] or --archive DIR");
        }

        return new ImageSettings
        {
            Root = root,
            Registry = registry is null ? null : ImageSettings.CheckedRegistry("--registry", registry),
            ArchiveDirectory = archive is null ? null : Path.GetFullPath(archive),
            Mirror = mirror is null ? null : ImageSettings.CheckedRegistry("--mirror", mirror),
        };
    }

    private static async Task BuildAsync(ImageSettings settings, ParseResult result, CancellationToken cancellationToken)
    {
        var images = ComponentImage.Of(DevServer.Build());
        var output = result.InvocationConfiguration.Output;
        if (result.GetValue(DryRun))
        {
            foreach (var image in images)
            {
                var setting = settings.InsecureRegistries is { Length: > 0 } insecure ? $"{ImageBuild.Insecure}='{insecure}' " : "";
                await output.WriteLineAsync($"{setting}dotnet {string.Join(' ', image.Arguments(settings))}");
            }

            return;
        }

        var directory = Path.GetFullPath(result.GetValue(Output) ?? Path.Combine(settings.Root, "artifacts", "images"));
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        Directory.CreateDirectory(Path.Combine(directory, "sbom"));
        foreach (var image in images)
        {
            var (digest, published) = await ImageBuild.RunAsync(image, settings, cancellationToken);
            var dependencies = await File.ReadAllTextAsync(Path.Combine(published, $"SecureAgent.{image.Project}.deps.json"), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory, "sbom", $"{image.Name}.cdx.json"), BillOfMaterials.Write(image.Name, dependencies), cancellationToken);
            digests[image.Name] = digest;
            await output.WriteLineAsync($"{image.Name} {digest}");
        }

        if (settings.Registry is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "images.json"), ImageDigests.Write(digests), cancellationToken);
            await output.WriteLineAsync($"publish them by digest: publish --images {Path.Combine(directory, "images.json")}");
        }
    }
}
