using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>The built programs, used as an operator uses them.</summary>
internal static class Product
{
    /// <summary>Longest a command of these tests may take, two slow cores included.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static string Root { get; } = FindRoot();

    public static string Notes => Path.Combine(Root, "samples", "notes");

    public static string Cli => Path.Combine(Root, "artifacts", "bin", "Cli", "debug", "secure-agent.dll");

    public static string Host => Path.Combine(Root, "artifacts", "bin", "AppHost", "debug", "SecureAgent.AppHost.dll");

    public static Task<Outcome> CliAsync(params string[] args) => RunAsync("dotnet", [Cli, .. args]);

    public static async Task<Outcome> RunAsync(string program, IEnumerable<string> args, string? stdin = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(stdin ?? "");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        var stdout = process.StandardOutput.ReadToEndAsync(limit.Token);
        var stderr = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new Outcome(process.ExitCode, await stdout, await stderr);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} took longer than {Limit.TotalSeconds} s");
        }
    }

    private static string FindRoot([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}

internal sealed record Outcome(int ExitCode, string Stdout, string Stderr)
{
    public JsonElement Json => Stdout.StartsWith('{') ? JsonDocument.Parse(Stdout).RootElement : throw new InvalidOperationException(ToString());

    public string Answer => Json.GetProperty("answer").GetString()!;

    public override string ToString() => $"exit {ExitCode}\n--- stdout\n{Stdout}\n--- stderr\n{Stderr}";
}
