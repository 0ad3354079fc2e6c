using System.Diagnostics;
using SecureAgent.Bench;

namespace SecureAgent.Sandbox.Bench;

/// <summary>Whole commands, from start to exit code.</summary>
internal static class Commands
{
    public static Arm? Of(string name, string program, params string[] arguments) => Find(program) is { } path ? new Arm(name, _ => RunAsync(path, arguments)) : null;

    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var words = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await words}");
        }
    }

    /// <summary>The npm sandbox runtime, installed into a folder of the benchmark's own; null without npm or what it needs itself.</summary>
    public static async Task<Arm?> SandboxRuntimeAsync(string root)
    {
        if (Find("npm") is not { } npm || Find("rg") is null || Find("socat") is null)
        {
            return null;
        }

        await RunAsync(npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", root, "@anthropic-ai/sandbox-runtime");
        return Of("srt true", Path.Combine(root, "node_modules", ".bin", "srt"), "true");
    }

    public static string? Find(string name) =>
        name.StartsWith('/') ? (File.Exists(name) ? name : null) : Variable("PATH").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string Variable(string name) => (string?)Environment.GetEnvironmentVariables()[name] ?? "";
}
