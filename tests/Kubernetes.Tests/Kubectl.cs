using System.Diagnostics;

namespace SecureAgent.Kubernetes.Tests;

/// <summary><c>kubectl kustomize</c>; a test that needs it is skipped, visibly, where kubectl is missing.</summary>
internal static class Kubectl
{
    private static readonly string? Program = new[] { "/usr/local/bin/kubectl", "/usr/bin/kubectl", "/opt/homebrew/bin/kubectl" }.FirstOrDefault(File.Exists);

    public static string Build(string directory)
    {
        var (exit, output, errors) = TryBuild(directory);
        Assert.True(exit == 0, errors);
        return output;
    }

    public static (int Exit, string Output, string Errors) TryBuild(string directory)
    {
        Assert.SkipWhen(Program is null, "kubectl is not installed: overlays were not built");
        using var process = Process.Start(new ProcessStartInfo(Program!, ["kustomize", directory])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
