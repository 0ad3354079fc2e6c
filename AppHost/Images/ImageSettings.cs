using System.Text.RegularExpressions;
using SecureAgent.Kubernetes;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Images;

/// <summary>Where images go and what they are made on.</summary>
internal sealed partial record ImageSettings
{
    /// <summary>Chiselled: no shell, no package manager.</summary>
    public const string Family = "noble-chiseled";

    /// <summary>Folder of the repository.</summary>
    public required string Root { get; init; }

    /// <summary>Registry that is pushed to, HOST[:PORT]; null when images are written as archives.</summary>
    public string? Registry { get; init; }

    public string? ArchiveDirectory { get; init; }

    /// <summary>Registry the base images are taken from in place of their publisher's.</summary>
    public string? Mirror { get; init; }

    public string Configuration { get; init; } = "Release";

    /// <summary>Takes what is built already.</summary>
    public bool NoBuild { get; init; }

    public static string CheckedRegistry(string option, string value) => RegistryName().IsMatch(value)
        ? value
        : throw new StartupException($"{option} '{value}' is not a registry; give HOST or HOST:PORT, without scheme and path");

    /// <summary>Registries of this machine speak plain HTTP; all others must not.</summary>
    public string InsecureRegistries => string.Join(';', new[] { Registry, Mirror }.OfType<string>().Where(name => Loopback().IsMatch(name)).Distinct());

    public static IReadOnlyDictionary<string, string> ReadDigests(string file)
    {
        try
        {
            return ImageDigests.Parse(File.ReadAllText(file), file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"--images '{file}' cannot be read ({error.Message}); give the images.json that './dev images' wrote", error);
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?\z")]
    private static partial Regex RegistryName();

    [GeneratedRegex(@"^(localhost|[a-z0-9.-]+\.localhost|127\.0\.0\.1)(:[0-9]{1,5})?\z")]
    private static partial Regex Loopback();
}
