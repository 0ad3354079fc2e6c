using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>A program in a sandbox whose bytes travel over the line to its PID 1: the agent on a terminal, or something run beside it.</summary>
internal interface IGuestJob
{
    /// <summary>Completes after the last of the output was queued. Not for the agent itself: its end is the sandbox's.</summary>
    Task<JobExit> Exited { get; }

    /// <summary>Output as it comes; what the reader does not fetch makes this program wait and no other. One reader.</summary>
    IAsyncEnumerable<JobOutput> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Waits while the program does not read.</summary>
    Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    Task CloseInputAsync();

    Task ResizeAsync(TerminalSize size);

    /// <summary>To its process group.</summary>
    Task SignalAsync(int signal);

    /// <summary>Nobody waits for it any more: it is killed, its output dropped.</summary>
    Task AbandonAsync();
}

internal readonly record struct JobOutput(byte[] Bytes, bool IsError);

/// <param name="Problem">Why it did not start; null when it did.</param>
internal readonly record struct JobExit(int Code, string? Problem);
