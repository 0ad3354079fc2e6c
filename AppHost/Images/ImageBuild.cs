using System.Diagnostics;
using System.Text.Json;
using SecureAgent.Kubernetes;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Images;

/// <summary>Has the SDK build and push (or write) one image.</summary>
internal static class ImageBuild
{
    public const string Insecure = "DOTNET_CONTAINER_INSECURE_REGISTRIES";

    /// <returns>The manifest's digest, and the folder whose files are the image's last layer.</returns>
    /// <exception cref="StartupException">The SDK could not; the message has its first error.</exception>
    public static async Task<(string Digest, string PublishDirectory)> RunAsync(ComponentImage image, ImageSettings settings, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", image.Arguments(settings))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = settings.Root,
        };
        if (settings.InsecureRegistries is { Length: > 0 } insecure)
        {
            start.Environment[Insecure] = insecure;
        }

        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            var text = output + await errors;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? Answer(output, image, settings) : throw new StartupException($"the image of {image.Name} was not built: {FirstError(text)}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static (string Digest, string PublishDirectory) Answer(string output, ComponentImage image, ImageSettings settings)
    {
        try
        {
            using var answer = JsonDocument.Parse(output[Math.Max(0, output.IndexOf('{', StringComparison.Ordinal))..]);
            var properties = answer.RootElement.GetProperty("Properties");
            var digest = properties.GetProperty("GeneratedContainerDigest").GetString();
            if (ImageDigests.IsDigest(digest))
            {
                return (digest!, Path.GetFullPath(properties.GetProperty("PublishDir").GetString()!, Path.Combine(settings.Root, image.Project)));
            }
        }
        catch (JsonException)
        {
            // Said below: what was answered is not what was asked for.
        }

        throw new StartupException($"the image of {image.Name} was built, but the SDK did not say its digest; .NET SDK 10.0.100 or newer is needed");
    }

    private static string FirstError(string text) =>
        (text.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? text).Trim();
}
