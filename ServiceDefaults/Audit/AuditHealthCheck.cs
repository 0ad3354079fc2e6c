using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>A component whose audit log cannot be written is not healthy: everything it is asked is denied.</summary>
internal sealed class AuditHealthCheck(AuditLog audit) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(audit.Failure is { } failure ? HealthCheckResult.Unhealthy(failure) : HealthCheckResult.Healthy());
}
