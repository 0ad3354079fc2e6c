using Grpc.Core;
using SecureAgent.AgentRunner.Approvals;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Gate.V1;

namespace SecureAgent.AgentRunner.Gates;

/// <summary>Listens to every gate for as long as the runner runs: an alarm freezes its session, a question waits for the operator.</summary>
/// <remarks>A gate that restarts is watched again; it then begins with the alarms that are still in force and the questions that still wait, so none is lost in between.</remarks>
internal sealed class GateWatch(GateSet gates, SessionManager sessions, ApprovalQueue approvals, TimeProvider time) : BackgroundService
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
                    switch (next.EventCase)
                    {
                        case GateEvent.EventOneofCase.Alarm:
                            sessions.Alarm(next.Alarm);
                            break;
                        case GateEvent.EventOneofCase.Question:
                            approvals.Take(name, next.Question);
                            break;
                        case GateEvent.EventOneofCase.Settled:
                            approvals.Settle(name, next.Settled);
                            break;
                    }
                }
            }
            catch (Exception failure) when (failure is RpcException or OperationCanceledException)
            {
                // The gate is not up, and its sessions stay denied until the host has restarted it; or this runner stops.
            }

            approvals.Forget(name);
            await Task.Delay(Again, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
