using Grpc.Core;
using SecureAgent.AgentRunner.Sessions;

namespace SecureAgent.AgentRunner.Gates;

/// <summary>Listens to every gate's alarms for as long as the runner runs, and freezes the session of each.</summary>
/// <remarks>A gate that restarts is watched again; it then begins with the alarms that are still in force, so none is lost in between.</remarks>
internal sealed class AlarmWatch(GateSet gates, SessionManager sessions, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(GateSet.Names.Select(name => WatchAsync(name, stoppingToken)));

    private async Task WatchAsync(string name, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var next in gates.WatchAsync(name, stopping))
                {
                    if (next.Alarm is { } alarm)
                    {
                        sessions.Alarm(alarm);
                    }
                }
            }
            catch (Exception failure) when (failure is RpcException or OperationCanceledException)
            {
                // The gate is not up, and its sessions stay denied until the host has restarted it; or this runner stops.
            }

            await Task.Delay(Again, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
