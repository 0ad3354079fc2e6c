using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Reports;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>What a session needs of the runner.</summary>
/// <param name="Release">Gives back the session's directory and uid.</param>
internal sealed record SessionServices(
    GateSet Gates, AuditLog Audit, SessionReporter Reporter, AgentRunnerTelemetry Telemetry, TimeProvider Time, ILogger Log, int ReplayBytes, AgentStarts Starts, Action<SessionIdentity> Release);
