using SecureAgent.AgentRunner.Gates;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>
/// At start: closes on the gates what a runner before this one left. At stop: ends every session before anything else of the process stops, while the gates still stand.
/// </summary>
internal sealed class SessionLifetime(SessionManager sessions, GateSet gates) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => gates.CloseAllAsync();

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => sessions.StopAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
