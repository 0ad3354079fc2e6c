using System.Diagnostics;

namespace SecureAgent.Bench;

/// <summary>Programs from npm, installed into a folder of the caller's own.</summary>
public static class NpmPackages
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <returns>The folder they are in, by name; or why they are not: no npm, or they could not be fetched.</returns>
    public static async Task<(string? Modules, string Why)> InstallAsync(string root, params string[] packages)
    {
        if (Programs.Find("npm") is not { } npm)
        {
            return (null, "npm is not installed");
        }

        var folder = Directory.CreateDirectory(Path.Combine(root, "npm")).FullName;
        using var install = Process.Start(new ProcessStartInfo(
            npm, ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries", "1", "--prefix", folder, .. packages])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _ = install.StandardOutput.ReadToEndAsync();
        _ = install.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await install.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            install.Kill(entireProcessTree: true);
            await install.WaitForExitAsync(CancellationToken.None);
        }

        var modules = Path.Combine(folder, "node_modules");
        return install.ExitCode == 0 && packages.All(package => Directory.Exists(Path.Combine(modules, NameOf(package))))
            ? (modules, "")
            : (null, $"npm could not fetch {string.Join(", ", packages)}");
    }

    /// <summary>Without the version.</summary>
    private static string NameOf(string package) => package.LastIndexOf('@') is > 0 and var at ? package[..at] : package;
}
