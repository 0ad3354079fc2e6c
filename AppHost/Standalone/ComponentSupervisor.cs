using System.Globalization;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Standalone;

/// <summary>
/// Keeps one component running: starts it, waits for health, starts it again with back-off when it crashes. While it is
/// down its sockets refuse, so its plane is denied.
/// </summary>
internal sealed class ComponentSupervisor(
    Component component, ServerLayout layout, IReadOnlyDictionary<string, string> environment, ProcessStarter starter, IHostOutput output, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);

    private readonly HealthProbe health = new(layout.RunDirectory, time);
    private ComponentProcess? process;

    /// <summary>Starts the component and returns when it is healthy. Throws <see cref="StartupException"/> with its own words when it refuses.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        output.State(component.Name, ComponentState.Starting);
        var start = ProgramFiles.OfThisHost.StartInfo(component);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[ParentProcess.Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        File.Delete(RunLayout.ControlSocket(layout.RunDirectory, component.Name));
        process = new ComponentProcess(component.Name, await starter.StartAsync(start), output);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        var healthy = health.WaitAsync(component.Name, limit.Token);
        var exited = process.WaitForExitAsync();
        if (await Task.WhenAny(healthy, exited) == exited)
        {
            await limit.CancelAsync();
            throw new StartupException($"{component.Name} did not start: {process.LastError}");
        }

        try
        {
            await healthy;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartupException($"{component.Name} did not become healthy within {StartLimit.TotalSeconds:0} s; its log says why");
        }

        output.State(component.Name, ComponentState.Healthy);
    }

    /// <summary>Watches the running component until cancelled, restarting it whenever it ends.</summary>
    public async Task SuperviseAsync(CancellationToken cancellationToken)
    {
        var backOff = FirstBackOff;
        while (!cancellationToken.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            await process!.WaitForExitAsync().WaitAsync(cancellationToken);
            output.State(component.Name, ComponentState.Crashed, process.LastError);
            if (time.GetElapsedTime(started) > LongestBackOff)
            {
                backOff = FirstBackOff;
            }

            await Task.Delay(backOff, time, cancellationToken);
            backOff = backOff * 2 > LongestBackOff ? LongestBackOff : backOff * 2;
            await RestartAsync(cancellationToken);
        }
    }

    /// <summary>Ends the process; it has the time to put its audit log on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            await process.StopAsync(StopPatience, time);
            await process.DisposeAsync();
            output.State(component.Name, ComponentState.Stopped);
        }
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        await process!.DisposeAsync();
        try
        {
            await StartAsync(cancellationToken);
        }
        catch (StartupException error)
        {
            // Still down: the next round of the loop waits longer. Sessions stay denied.
            output.Log(component.Name, error.Message);
        }
    }
}
