using Microsoft.Extensions.Options;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Looks at the machine once, before anything is served.</summary>
internal sealed class SandboxService(
    IOptions<AgentRunnerOptions> options, ComponentContext component, TimeProvider time, ILogger<SandboxService> log) : IHostedLifecycleService, IAsyncDisposable
{
    private SandboxHost? host;

    public SandboxHost Host => host ?? throw new InvalidOperationException("the machine has not been looked at yet");

    /// <summary>Before any hosted service starts, the web server among them.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var value = options.Value;
        var agent = Guest.GuestProgram.IsAgentDirectory(value.AgentDirectory) ? value.AgentDirectory : null;
        try
        {
            host = await SandboxHost.PrepareAsync(
                new SandboxHostOptions(value.GuestDirectory, agent, value.SearchPath, value.DockerHost), component, time, cancellationToken);
        }
        catch (SandboxException failure)
        {
            throw new StartupException(failure.Message, failure);
        }

        foreach (var layer in host.Layers)
        {
            if (layer.Present)
            {
                log.LayerPresent(layer.Name, layer.Detail);
            }
            else
            {
                log.LayerMissing(layer.Name, layer.Detail);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Registered as itself and as a hosted service: the container disposes it twice.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref host, null)?.DisposeAsync() ?? ValueTask.CompletedTask;
}
