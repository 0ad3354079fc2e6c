using Microsoft.Extensions.Logging;

namespace SecureAgent.Hosting.Aspire;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "{Line}")]
    public static partial void CommandSaid(this ILogger log, string line);
}
