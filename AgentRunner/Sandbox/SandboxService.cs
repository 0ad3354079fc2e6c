using Microsoft.Extensions.Options;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Looks at the machine once, before anything is served.</summary>
internal sealed class SandboxService(
    IOptions<AgentRunnerOptions> options, ComponentContext component, TimeProvider time, ILogger<SandboxService> log) : IHostedService, IDisposable
{
    private SandboxHost? host;

    public SandboxHost Host => host ?? throw new InvalidOperationException("the machine has not been looked at yet");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        SessionDirectory.Sweep(component.RunDirectory);
        var value = options.Value;
        var agent = Guest.GuestProgram.IsAgentDirectory(value.AgentDirectory) ? value.AgentDirectory : null;
        try
        {
            host = await SandboxHost.PrepareAsync(
                new SandboxHostOptions(value.GuestDirectory, agent, value.SearchPath), component, time, cancellationToken);
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

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Registered as itself and as a hosted service: the container disposes it twice.</summary>
    public void Dispose() => Interlocked.Exchange(ref host, null)?.Dispose();
}
