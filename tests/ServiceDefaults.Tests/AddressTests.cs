using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>A component listens where its endpoints say; the host's own list of addresses, which Kestrel would override with a warning, is empty.</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task Start_WithAServiceAddress_WarnsOfNothing()
    {
        Assert.Empty(await WarningsAsync(_ => { }));

        // Control: with the host's list left there, Kestrel does warn.
        Assert.Contains("Overriding address", Assert.Single(await WarningsAsync(app => app.Configuration["urls"] = "http://127.0.0.1:0")), StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyCollection<string>> WarningsAsync(Action<WebApplication> afterwards)
    {
        using var warnings = new Warnings();
        await using var component = await TestComponent.StartAsync(
            SampleGate.Name,
            args =>
            {
                var builder = ServiceApp.CreateBuilder(SampleGate.Name, args);
                builder.Logging.AddProvider(warnings);
                var app = builder.Build();
                app.MapServiceDefaults();
                afterwards(app);
                return app;
            },
            service: true,
            ("urls", "http://127.0.0.1:0")); // as the host reads ASPNETCORE_URLS
        Assert.NotEqual(0, component.ServiceAddress.Port);
        return warnings.Said;
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Said.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
