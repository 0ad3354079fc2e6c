using System.Diagnostics;

namespace SecureAgent.FileGate.Bench;

/// <summary>The npm MCP filesystem server, installed into a folder of the benchmark's own.</summary>
internal static class NpmServer
{
    private const string Package = "@modelcontextprotocol/server-filesystem";

    /// <returns>Path of its program; null without npm or when it cannot be installed.</returns>
    public static async Task<string?> InstallAsync(string root)
    {
        var folder = Path.Combine(root, "npm");
        if (ServerProcess.Find("npm") is not { } npm)
        {
            return null;
        }

        Directory.CreateDirectory(folder);
        using var install = Process.Start(new ProcessStartInfo(npm, ["install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, Package])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _ = install.StandardOutput.ReadToEndAsync();
        _ = install.StandardError.ReadToEndAsync();
        await install.WaitForExitAsync();
        var program = Path.Combine(folder, "node_modules", Package, "dist", "index.js");
        return install.ExitCode == 0 && File.Exists(program) ? program : null;
    }
}
