using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>What agents can bring about again and again is not written again and again.</summary>
public sealed class LimitedLoggerTests : IDisposable
{
    private const string Library = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Own = "SecureAgent.FileGate.Access";

    private readonly FakeTimeProvider time = new();
    private readonly Lines written = new();
    private readonly LimitedLoggerFactory factory;

    public LimitedLoggerTests()
    {
        factory = new LimitedLoggerFactory(new LoggerFactory(), time);
        factory.AddProvider(written);
    }

    [Theory]
    [InlineData(Library, LogLevel.Information, LineLimit.AtOnce)]
    [InlineData(Library, LogLevel.Error, LineLimit.AtOnce)]
    [InlineData(Own, LogLevel.Warning, LineLimit.AtOnce)]
    [InlineData(Own, LogLevel.Information, 100)]
    public void Lines_OfOneEvent_AreLimitedUnlessWeTellThemInTheCourseOfThings(string category, LogLevel level, int expected)
    {
        var log = factory.CreateLogger(category);

        Write(log, 100, level: level);

        Assert.Equal(expected, written.Count);
    }

    [Fact]
    public void Lines_LeftOut_AreCounted()
    {
        var log = factory.CreateLogger(Library);
        Write(log, 100);

        time.Advance(LineLimit.Pause);
        Write(log, 3);

        Assert.Equal(["event 1", string.Create(CultureInfo.InvariantCulture, $"{100 - LineLimit.AtOnce} more lines like this one were left out before it")], written[LineLimit.AtOnce..]);
    }

    [Fact]
    public void Line_OfAnotherEvent_IsWritten()
    {
        var log = factory.CreateLogger(Library);
        Write(log, 100);

        Write(log, 1, id: 2);

        Assert.Equal("event 2", written[^1]);
    }

    [Fact]
    public void Quiet_ForLong_AllowsNoMoreThanTheFirstLines()
    {
        var log = factory.CreateLogger(Library);
        Write(log, 5);

        time.Advance(TimeSpan.FromDays(1));
        Write(log, 100);

        Assert.Equal(5 + LineLimit.AtOnce, written.Count);
    }

    public void Dispose() => factory.Dispose();

    private static void Write(ILogger log, int times, int id = 1, LogLevel level = LogLevel.Error)
    {
        for (var time = 0; time < times; time++)
        {
            log.Log(level, new EventId(id), id, new IOException(), (number, _) => string.Create(CultureInfo.InvariantCulture, $"event {number}"));
        }
    }

    private sealed class Lines : List<string>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
