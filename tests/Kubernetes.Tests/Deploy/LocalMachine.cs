using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SecureAgent.Kubernetes.Tests.Deploy;

/// <summary>A copy of deploy/ on a machine whose every tool is machine.sh; with no tools at all when asked for.</summary>
internal sealed class LocalMachine : IDisposable
{
    private static readonly string[] Real = ["bash", "grep", "sed", "mkdir"];
    private readonly TemporaryDirectory directory = new();

    public LocalMachine(params string[] tools)
    {
        foreach (var source in Directory.EnumerateFiles(Deploy, "*", SearchOption.AllDirectories))
        {
            var copy = directory.File(Path.Combine("deploy", Path.GetRelativePath(Deploy, source)));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(source, copy);
        }

        Directory.CreateDirectory(directory.File("bin"));
        if (tools.Length == 0)
        {
            return;
        }

        foreach (var tool in Real)
        {
            File.CreateSymbolicLink(directory.File($"bin/{tool}"), new[] { $"/usr/bin/{tool}", $"/bin/{tool}" }.First(File.Exists));
        }

        foreach (var tool in tools.Select(tool => $"bin/{tool}").Append("dev"))
        {
            File.Copy(Path.Combine(Here(), "machine.sh"), directory.File(tool));
            File.SetUnixFileMode(directory.File(tool), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public static string Deploy { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", "deploy"));

    /// <summary>What the tools were asked to do since the last call.</summary>
    public IReadOnlyList<string> Noted()
    {
        var all = File.Exists(Notes) ? File.ReadAllLines(Notes) : [];
        var fresh = all[read..];
        read = all.Length;
        return fresh;
    }

    public (int Exit, string Output, string Errors) Up(string cluster, params string[] arguments)
    {
        File.AppendAllText(Notes, "");
        var start = new ProcessStartInfo("/bin/bash", [directory.File($"deploy/{cluster}/up.sh"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = directory.File("bin");
        start.Environment["NOTES"] = Notes;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Replace(directory.Path, "", StringComparison.Ordinal), errors.GetAwaiter().GetResult());
    }

    public void Dispose() => directory.Dispose();

    private string Notes => directory.File("notes");

    private int read;

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
