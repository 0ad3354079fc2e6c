using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>
/// Before anything is served: closes on the gates what a runner before this one left, then removes its directories. At stop: ends every session before anything else of the process stops, while the gates still stand.
/// </summary>
internal sealed class SessionLifetime(SessionManager sessions, SandboxPool pool, GateSet gates, ComponentContext component) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await gates.CloseAllAsync();
        SessionDirectory.Sweep(component.RunDirectory);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await sessions.StopAsync();
        await pool.StopAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
