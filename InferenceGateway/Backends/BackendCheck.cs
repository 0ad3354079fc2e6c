using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.InferenceGateway.Backends;

/// <summary>Builds the backend at start, so that settings it cannot work with stop the process (<see cref="StartupException"/>) and not the first call.</summary>
internal sealed partial class BackendCheck(IModelBackend backend, ILogger<BackendCheck> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogBackend(backend.Name);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(3, LogLevel.Information, "Answers come from backend {Backend}")]
    private partial void LogBackend(string backend);
}
