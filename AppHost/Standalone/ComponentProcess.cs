using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SecureAgent.AppHost.Standalone;

/// <summary>One running process of a component: its output, its end.</summary>
internal sealed class ComponentProcess : IAsyncDisposable
{
    private const int KeptLines = 20;

    private readonly Process process;
    private readonly Queue<string> lastErrors = new();
    private readonly Task output;

    public ComponentProcess(string component, Process process, IHostOutput sink)
    {
        this.process = process;
        output = Task.WhenAll(
            PumpAsync(process.StandardOutput, line => sink.Log(component, line)),
            PumpAsync(process.StandardError, line =>
            {
                Keep(line);
                sink.Log(component, line);
            }));
    }

    public int Id => process.Id;

    /// <summary>Exit code, once the process and its output have ended.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await process.WaitForExitAsync();
        await output;
        return process.ExitCode;
    }

    /// <summary>The last line it wrote to stderr, which for a refused start is the reason.</summary>
    public string LastError
    {
        get
        {
            lock (lastErrors)
            {
                return lastErrors.LastOrDefault() ?? $"ended with exit code {process.ExitCode}";
            }
        }
    }

    /// <summary>SIGTERM, then SIGKILL when it takes longer than <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience, TimeProvider time)
    {
        if (process.HasExited)
        {
            return;
        }

        Signals.Terminate(process.Id);
        using var limit = new CancellationTokenSource(patience, time);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await output;
        process.Dispose();
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> line)
    {
        while (await reader.ReadLineAsync() is { } text)
        {
            line(text);
        }
    }

    private void Keep(string line)
    {
        lock (lastErrors)
        {
            lastErrors.Enqueue(line);
            if (lastErrors.Count > KeptLines)
            {
                lastErrors.Dequeue();
            }
        }
    }
}

internal static partial class Signals
{
    private const int SigTerm = 15;

    public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
