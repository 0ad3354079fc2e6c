using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace SecureAgent.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps agents from flooding the log: a library's line, and any warning or error, is written some times (<see cref="LineLimit"/>) and then counted. What an agent does is in the audit
/// log, which leaves out nothing.
/// </summary>
internal sealed class LimitedLoggerFactory(ILoggerFactory inner, TimeProvider time) : ILoggerFactory
{
    private const string Own = "SecureAgent.";

    public ILogger CreateLogger(string categoryName) =>
        new LimitedLogger(inner.CreateLogger(categoryName), isOwn: categoryName.StartsWith(Own, StringComparison.Ordinal), time);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}

internal static class LimitedLogging
{
    public static void AddLimits(this ILoggingBuilder logging)
    {
        logging.Services.AddSingleton<LoggerFactory>();
        logging.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory>(services =>
            new LimitedLoggerFactory(services.GetRequiredService<LoggerFactory>(), services.GetRequiredService<TimeProvider>())));
    }
}
