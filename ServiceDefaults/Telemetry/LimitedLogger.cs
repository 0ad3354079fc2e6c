using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SecureAgent.ServiceDefaults.Telemetry;

/// <param name="isOwn">Of this product: what it tells in the course of things is not limited.</param>
internal sealed partial class LimitedLogger(ILogger inner, bool isOwn, TimeProvider time) : ILogger
{
    /// <summary>By event: a small set of the code that logs, not of anything a client says.</summary>
    private readonly ConcurrentDictionary<int, LineLimit> limits = new();

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
        {
            return;
        }

        if (isOwn && logLevel < LogLevel.Warning)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        if (!limits.GetOrAdd(eventId.Id, static (_, clock) => new LineLimit(clock), time).Take(out var dropped))
        {
            return;
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
        if (dropped > 0)
        {
            LeftOut(inner, logLevel, dropped);
        }
    }

    [LoggerMessage(Message = "{Dropped} more lines like this one were left out before it")]
    private static partial void LeftOut(ILogger log, LogLevel level, long dropped);
}

/// <summary>Some lines at once, then one a while.</summary>
internal sealed class LineLimit(TimeProvider time)
{
    public const int AtOnce = 5;

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private long since = time.GetTimestamp();
    private int left = AtOnce;
    private long dropped;

    /// <param name="leftOut">Lines that were not written since the last one that was.</param>
    public bool Take(out long leftOut)
    {
        lock (gate)
        {
            leftOut = 0;
            var due = (int)Math.Min(AtOnce, time.GetElapsedTime(since) / Pause);
            if (due > 0)
            {
                left = Math.Min(AtOnce, left + due);
                since = time.GetTimestamp();
            }

            if (left == 0)
            {
                dropped++;
                return false;
            }

            left--;
            (leftOut, dropped) = (dropped, 0);
            return true;
        }
    }
}
