using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecureAgent.Hosting.Server;

namespace SecureAgent.Hosting.Aspire;

/// <summary>Asks a component over its control socket, which no other user can open.</summary>
internal sealed class ComponentHealth(HealthProbe probe, string component) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await probe.IsHealthyAsync(component, cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("no answer on the control socket; what it guards is denied meanwhile");
}
