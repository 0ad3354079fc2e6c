using System.Diagnostics;

namespace SecureAgent.Bench;

/// <summary>A program from npm, installed into a folder of the benchmark's own.</summary>
public static class NpmPackage
{
    /// <returns>Path of the package; null without npm or when it cannot be installed.</returns>
    public static async Task<string?> InstallAsync(string root, string package)
    {
        var folder = Path.Combine(root, "npm");
        if (ServerProcess.Find("npm") is not { } npm)
        {
            return null;
        }

        Directory.CreateDirectory(folder);
        using var install = Process.Start(new ProcessStartInfo(npm, ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, package])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _ = install.StandardOutput.ReadToEndAsync();
        _ = install.StandardError.ReadToEndAsync();
        await install.WaitForExitAsync();
        var installed = Path.Combine(folder, "node_modules", package);
        return install.ExitCode == 0 && Directory.Exists(installed) ? installed : null;
    }
}
