using System.Runtime.InteropServices;
using SecureAgent.AppHost.Standalone.Vault;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Standalone;

/// <summary>Runs the graph on this machine until it is told to stop.</summary>
internal static class StandaloneHost
{
    public static async Task<int> RunAsync(Graph graph, HostOptions options, IHostOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        output.Log(graph.Name, "standalone host. For the Aspire dashboard: install the Aspire CLI, or dotnet run --project AppHost -p:UseAspire=true (README.md, In Aspire)");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = new StopSignals(stop);
        if (output is EventOutput)
        {
            _ = StopWhenInputClosesAsync(stop);
        }

        try
        {
            var environment = HostEnvironmentBuilder.Validate(options);
            using var directories = HostDirectories.Take(options.DataDirectory);
            var layout = new ServerLayout(directories.Data, directories.Run, Identifiers.New("b"), ServerPorts.Allocate(graph, options.Ports, options.DevVault ? [DevVault.Name] : []));
            using var tokens = new TokenFiles(graph, layout, time);
            tokens.WriteAll();
            using var starter = new ProcessStarter();
            await using var vault = options.DevVault ? DevVault.Create(layout, environment.PolicyFile, starter, output, time) : null;
            var supervisors = graph.Processes.ToDictionary(component => component.Name, component => new ComponentSupervisor(
                component, layout, environment.For(graph, component, layout, vault?.BrokerVariables ?? new Dictionary<string, string>()), starter, output, time));
            try
            {
                var store = vault?.StartAsync(stop.Token) ?? Task.CompletedTask;
                await StartAllAsync(graph, supervisors, stop.Token);
                await store;
                await (vault?.BootstrapAsync(stop.Token) ?? Task.CompletedTask);
                using var file = ServerFile.Write(layout);
                output.Ready(layout.DataDirectory, layout.Console, time.GetElapsedTime(began));
                await Task.WhenAll([tokens.RenewAsync(stop.Token), vault?.SuperviseAsync(stop.Token) ?? Task.CompletedTask, .. supervisors.Values.Select(supervisor => supervisor.SuperviseAsync(stop.Token))]);
            }
            finally
            {
                await StopAllAsync(graph, supervisors);
            }

            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (StartupException error)
        {
            output.Failed(error.Message);
            return StartupException.ExitCode;
        }
    }

    private static async Task StartAllAsync(Graph graph, Dictionary<string, ComponentSupervisor> supervisors, CancellationToken cancellationToken)
    {
        // Every address is known beforehand and sessions need all of them, so the waves start side by side: the order
        // matters to the runner alone, which asks its gates for nothing before the first session.
        var starts = StartOrder.Of(graph).SelectMany(wave => wave).Select(component => supervisors[component.Name].StartAsync(cancellationToken)).ToArray();
        try
        {
            await Task.WhenAll(starts);
        }
        catch (Exception)
        {
            // The first refusal explains; the others may only be its echo.
            var refusal = starts.Select(start => start.Exception?.InnerException).OfType<StartupException>().FirstOrDefault();
            throw refusal ?? (Exception)new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Callers before callees: the runner ends its sessions while the gates still stand.</summary>
    private static async Task StopAllAsync(Graph graph, Dictionary<string, ComponentSupervisor> supervisors)
    {
        foreach (var wave in StartOrder.Of(graph).Reverse())
        {
            await Task.WhenAll(wave.Select(component => supervisors[component.Name].DisposeAsync().AsTask()));
        }
    }

    private static async Task StopWhenInputClosesAsync(CancellationTokenSource stop)
    {
        var buffer = new byte[64];
        await using var input = Console.OpenStandardInput();
        while (await input.ReadAsync(buffer, stop.Token) > 0)
        {
        }

        await stop.CancelAsync();
    }

    private sealed class StopSignals : IDisposable
    {
        private readonly PosixSignalRegistration[] registrations;

        public StopSignals(CancellationTokenSource stop)
        {
            PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
            registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            }))];
        }

        public void Dispose()
        {
            foreach (var registration in registrations)
            {
                registration.Dispose();
            }
        }
    }
}
